import { deleteInvitation, listInvitations } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { CommandError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerInvitationWithdraw(invitation: Command): void {
  invitation
    .command('withdraw')
    .description('take back an invitation')
    .argument('<email>')
    .action(async (email: string, _options, command: Command) => {
      const { client, slug } = await workplace();
      const { items } = await client.call(listInvitations, { params: { organization: slug } });
      const found = items.filter((each) => each.email === email.toLowerCase() || each.id === email);
      if (found.length === 0) {
        throw new CommandError(`No invitation of ${email} waits.`, {
          code: 'not_found',
          remedy: 'holdfast invitation list shows those that do.',
        });
      }
      for (const { id } of found) await client.call(deleteInvitation, { params: { organization: slug, invitation: id } });
      answer(command, { withdrawn: found.map(({ id }) => id) }, `The invitation of ${email} is withdrawn.`);
    });
}
