import { declineInvitation } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { findOwnInvitation } from './own.ts';

export function registerInvitationDecline(invitation: Command): void {
  invitation
    .command('decline')
    .description('decline an invitation of your address')
    .argument('<organization>', 'its name')
    .action(async (organization: string, _options, command: Command) => {
      const { client } = await connection();
      const { id, organization: name } = await findOwnInvitation(client, organization);
      await client.call(declineInvitation, { params: { invitation: id } });
      answer(command, { declined: id }, `The invitation of ${printable(name)} is declined.`);
    });
}
