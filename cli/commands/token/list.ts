import { listTokens } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerTokenList(token: Command): void {
  token
    .command('list')
    .alias('ls')
    .description('your tokens, without the tokens themselves')
    .action(async (_options, command: Command) => {
      const { client, slug } = await workplace();
      const { items } = await client.call(listTokens, { params: { organization: slug } });
      const rows = items.map(({ id, name, createdAt, expiresAt, lastUsedAt }) => [
        name,
        moment(createdAt),
        moment(expiresAt),
        moment(lastUsedAt),
        id,
      ]);
      const head = ['NAME', 'CREATED', 'EXPIRES', 'LAST USED', 'ID'];
      answer(command, { tokens: items }, items.length === 0 ? 'You have no tokens here.' : table(head, rows, { whole: [4] }));
    });
}
