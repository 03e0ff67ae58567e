import { listMembers } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerMemberList(member: Command): void {
  member
    .command('list')
    .alias('ls')
    .description('members of the organization; holdfast invitation list shows who is invited')
    .action(async (_options, command: Command) => {
      const { client, slug } = await workplace();
      const { items } = await client.call(listMembers, { params: { organization: slug } });
      const rows = items.map(({ name, email, role, joinedAt }) => [name, email, role, moment(joinedAt)]);
      answer(command, { members: items }, table(['NAME', 'E-MAIL', 'ROLE', 'JOINED'], rows));
    });
}
