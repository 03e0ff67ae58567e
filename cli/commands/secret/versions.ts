import { listSecretVersions } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';

export function registerSecretVersions(secret: Command): void {
  secret
    .command('versions')
    .description('when its value was set, and by whom')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const { client, slug } = await workplace();
      const versions = await collect(readAll(client, listSecretVersions, { params: { organization: slug, name }, query: { limit: 200 } }));
      const rows = versions.map(({ createdAt, createdBy, id, state }) => [moment(createdAt), createdBy.name, state, id]);
      answer(command, { versions }, table(['SET', 'BY', 'STATE', 'VERSION'], rows, { whole: [3] }));
    });
}
