import { listInvitations, listOwnInvitations } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { connection, workplace } from '../../connection.ts';

export function registerInvitationList(invitation: Command): void {
  invitation
    .command('list')
    .alias('ls')
    .description('whom the organization has invited or, with --mine, which organizations have invited you')
    .option('--mine', 'those of your own address')
    .action(async ({ mine }: { mine?: true }, command: Command) => (mine ? listMine(command) : listSent(command)));
}

async function listSent(command: Command): Promise<void> {
  const { client, slug } = await workplace();
  const { items } = await client.call(listInvitations, { params: { organization: slug } });
  const rows = items.map(({ email, role, expiresAt, mail }) => [
    email,
    role,
    moment(expiresAt),
    mail === null ? 'none is sent' : mail.sentAt !== null ? `sent ${moment(mail.sentAt)}` : (mail.failure ?? 'on its way'),
  ]);
  const text = items.length === 0 ? 'Nobody is invited.' : table(['E-MAIL', 'ROLE', 'EXPIRES', 'MAIL'], rows);
  answer(command, { invitations: items }, text);
}

async function listMine(command: Command): Promise<void> {
  const { client } = await connection();
  const { items } = await client.call(listOwnInvitations, {});
  const rows = items.map(({ organization, role, invitedBy, expiresAt }) => [organization, role, invitedBy, moment(expiresAt)]);
  const text = items.length === 0 ? 'No organization has invited you.' : table(['ORGANIZATION', 'ROLE', 'BY', 'EXPIRES'], rows);
  answer(command, { invitations: items }, text);
}
