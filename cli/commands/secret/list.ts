import { listSecrets, type Secret } from '@holdfast/api';
import { type Command, Option } from 'commander';
import { connection } from '../../connection.ts';
import { answer, moment, table } from '../../output.ts';

interface Options {
  search?: string;
  filter?: 'rotation-due' | 'expired' | 'unused';
}

export function registerSecretList(secret: Command): void {
  secret
    .command('list')
    .description('names and what is known about them')
    .option('--search <text>', 'in names and descriptions')
    .addOption(new Option('--filter <state>', 'only those').choices(['rotation-due', 'expired', 'unused']))
    .action(async ({ search, filter }: Options, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const { client, organization } = await connection();
      const found: Secret[] = [];
      const request = { params: { organization: await organization() }, query: { search, filter, limit: 200 } };
      for await (const each of readAll(client, listSecrets, request)) found.push(each);
      const rows = found.map(({ name, kind, state, usedBy, createdAt, lastUsedAt }) => [
        name,
        kind,
        state,
        String(usedBy),
        moment(createdAt),
        moment(lastUsedAt),
      ]);
      const text =
        found.length === 0
          ? `No secrets${search === undefined && filter === undefined ? ' yet: holdfast secret set NAME adds one.' : ' fit.'}`
          : table(['NAME', 'KIND', 'STATE', 'USED BY', 'CREATED', 'LAST USED'], rows);
      answer(command, { secrets: found }, text);
    });
}
