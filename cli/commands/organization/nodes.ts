import { listNodes } from '@holdfast/api';
import { answer, counted, moment } from '@holdfast/terminal/output';
import { stateCell, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerOrganizationNodes(organization: Command): void {
  organization
    .command('nodes')
    .description('the processes of both planes: which of them answer, and what of the organization each holds')
    .action(async (_options, command: Command) => {
      const { client, slug } = await workplace();
      const { items: nodes } = await client.call(listNodes, { params: { organization: slug } });
      const rows = nodes.map(({ plane, host, version, state, seenAt, leads, folders, foldersMissing, runs }) => [
        plane,
        host,
        version,
        stateCell(state),
        moment(seenAt),
        [
          ...(leads ? ['periodic work'] : []),
          ...(runs > 0 ? [counted(runs, 'run')] : []),
          ...(folders.length > 0 ? [`folders: ${folders.join(', ')}`] : []),
          ...(foldersMissing.length > 0 ? [`waited for: ${foldersMissing.join(', ')}`] : []),
        ].join('; '),
      ]);
      answer(command, { nodes }, table(['PLANE', 'HOST', 'VERSION', 'STATE', 'SEEN', 'HOLDS'], rows));
    });
}
