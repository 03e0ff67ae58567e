import { createInvitation, ROLES, type Role } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';

export function registerMemberInvite(member: Command): void {
  member
    .command('invite')
    .description('invite an e-mail address; only its owner can accept')
    .argument('<email>')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .action(async (email: string, { role }: { role: Role }, command: Command) => {
      const { client, slug } = await workplace();
      const made = await client.call(createInvitation, { params: { organization: slug }, body: { email, role } });
      const next =
        made.delivery === 'mail'
          ? 'A mail with a link is on its way.'
          : `No mail is sent (HOLDFAST_SMTP_URL is not set). With an account, they sign in and accept. Without one, the operator makes a link: holdfast account link ${made.email}`;
      answer(command, { invitation: made }, `${made.email} is invited as ${made.role}. ${next}`);
    });
}
