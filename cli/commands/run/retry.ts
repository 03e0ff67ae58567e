import { getWorkflow, startRun } from '@holdfast/api';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { answerStarted, readRun, WATCH_OPTION } from './watching.ts';

export function registerRunRetry(run: Command): void {
  run
    .command('retry')
    .description('start a run again that has ended, with its documents; what is published already stays as it is')
    .argument('<run>', 'its id')
    .option(...WATCH_OPTION)
    .action(async (id: string, { watch }: { watch?: true }, command: Command) => {
      const place = await workplace();
      const earlier = await readRun(place, id);
      const params = { organization: place.slug, workflow: earlier.workflow.id };
      const { source } = await place.client.call(getWorkflow, { params });
      const body = source.kind === 'upload' ? { documentsOf: earlier.id } : {};
      await answerStarted(command, place, await place.client.call(startRun, { params, body }), watch === true);
    });
}
