import { listSecrets, SECRET_KINDS, type Secret } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { stateCell, table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';

interface Options {
  search?: string;
  filter?: 'rotation-due' | 'expired' | 'unused';
  kind?: Secret['kind'];
}

export function registerSecretList(secret: Command): void {
  secret
    .command('list')
    .alias('ls')
    .description('names and what is known about them')
    .option('--search <text>', 'in names and descriptions')
    .addOption(new Option('--filter <state>', 'only those').choices(['rotation-due', 'expired', 'unused']))
    .addOption(new Option('--kind <kind>', 'only those').choices(SECRET_KINDS))
    .action(async ({ search, filter, kind }: Options, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const { client, slug } = await workplace();
      const request = { params: { organization: slug }, query: { search, filter, kind, limit: 200 } };
      const found = await collect(readAll(client, listSecrets, request));
      const rows = found.map((each) => [
        each.name,
        each.kind,
        stateCell(each.state),
        String(each.usedBy),
        moment(each.replacedAt ?? each.createdAt),
        moment(each.lastUsedAt),
      ]);
      const narrowed = [search, filter, kind].some((each) => each !== undefined);
      const none = narrowed ? 'No secrets match.' : 'No secrets yet: holdfast secret set NAME adds one.';
      const head = ['NAME', 'KIND', 'STATE', 'USED BY', 'VALUE SET', 'LAST USED'];
      answer(command, { secrets: found }, found.length === 0 ? none : table(head, rows));
    });
}
