import { acceptInvitation } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { findOwnInvitation } from './own.ts';

export function registerInvitationAccept(invitation: Command): void {
  invitation
    .command('accept')
    .description('join an organization that has invited your address')
    .argument('<organization>', 'its name')
    .action(async (organization: string, _options, command: Command) => {
      const { client } = await connection();
      const { id, organization: name, role } = await findOwnInvitation(client, organization);
      const joined = await client.call(acceptInvitation, { params: { invitation: id } });
      answer(
        command,
        { ...joined, role },
        `You are ${role} in ${printable(name)}. To work there: holdfast login --organization ${joined.organization.slug}`,
      );
    });
}
