import { remark } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { answerEnd, RUN_ARGUMENT, readRun, runAddress, watch } from './watching.ts';

export function registerRunWatch(run: Command): void {
  run
    .command('watch')
    .description('wait for the end of a run; exit code 1 when it fails or is cancelled')
    .argument(...RUN_ARGUMENT)
    .action(async (id: string | undefined, _options, command: Command) => {
      const place = await workplace();
      const found = await readRun(place, id);
      if (process.stderr.isTTY) remark(`Run ${found.number} of “${printable(found.workflow.name)}”\n${runAddress(place, found)}`);
      await answerEnd(command, await watch(place, found));
    });
}
