import { cancelRun } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { readRun } from './watching.ts';

export function registerRunCancel(run: Command): void {
  run
    .command('cancel')
    .description('stop a run within a second; what is being published is ended and counts as not published')
    .argument('<run>', 'its number or id')
    .action(async (id: string, _options, command: Command) => {
      const place = await workplace();
      const found = await readRun(place, id);
      await place.client.call(cancelRun, { params: { organization: place.slug, run: found.id } });
      answer(command, { cancelled: found.id }, `Run ${found.number} of “${printable(found.workflow.name)}” is being cancelled.`);
    });
}
