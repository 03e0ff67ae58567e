import { setTimeout as sleep } from 'node:timers/promises';
import { getRun, itemCountsInWords, listRuns, type Run } from '@holdfast/api';
import { isUuid } from '@holdfast/envelope';
import { answer, clearProgress, progress, remark } from '@holdfast/terminal/output';
import { CommandError, EXIT_FAILED, usageError } from '@holdfast/terminal/report';
import { printable, stateCell, tinted } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { consoleAddress, type Workplace } from '../../connection.ts';

const LOOK_MILLISECONDS = 500;

export const WATCH_OPTION = ['--watch', 'wait for its end; exit code 1 when it fails or is cancelled'] as const;
export const RUN_ARGUMENT = ['[run]', 'its id; by default the newest'] as const;

export function runAddress(place: Workplace, { id }: Run): string {
  return consoleAddress(place, `runs/${id}`);
}

export async function readRun({ client, slug }: Workplace, id: string | undefined): Promise<Run> {
  if (id !== undefined) {
    if (!isUuid(id)) {
      throw usageError(`“${printable(id.slice(0, 60))}” is not the id of a run.`, 'holdfast run list shows them.');
    }
    return client.call(getRun, { params: { organization: slug, run: id } });
  }
  const { items } = await client.call(listRuns, { params: { organization: slug }, query: { limit: 1 } });
  const [newest] = items;
  if (newest === undefined) throw new CommandError('There are no runs yet.', { code: 'not_found', remedy: 'holdfast workflow run NAME' });
  return newest;
}

/** Says where the run is and, when it is to be watched, how it ended. */
export async function answerStarted(command: Command, place: Workplace, started: Run, watched: boolean): Promise<void> {
  const label = `Run ${started.number} of “${printable(started.workflow.name)}”`;
  if (!watched) return answer(command, { run: started }, `${label} is started.\n${runAddress(place, started)}`);
  remark(`${label} is started.\n${runAddress(place, started)}`);
  await answerEnd(command, await watch(place, started));
}

export async function watch({ client, slug }: Workplace, started: Run): Promise<Run> {
  for (let run = started; ; await sleep(LOOK_MILLISECONDS)) {
    run = await client.call(getRun, { params: { organization: slug, run: started.id } });
    if (run.finishedAt !== null) {
      clearProgress();
      return run;
    }
    progress(`${run.status}: ${documentsInWords(run)}`);
  }
}

export async function answerEnd(command: Command, run: Run): Promise<void> {
  answer(command, { run }, endInWords(run));
  if (run.status === 'failed' || run.status === 'cancelled') process.exitCode = EXIT_FAILED;
}

export function documentsInWords({ finishedAt, items }: Run): string {
  return itemCountsInWords(items, finishedAt === null);
}

function endInWords(run: Run): string {
  const why = run.failure === null ? '' : `\n${printable(run.failure.detail)}\n→ ${printable(run.failure.remedy)}`;
  return `${tinted(stateCell(run.status))}: ${documentsInWords(run)}.${why}`;
}
