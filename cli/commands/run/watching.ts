import { setTimeout as sleep } from 'node:timers/promises';
import { getRun, itemCountsInWords, listRuns, type Run, type RunEvents, watchRun } from '@holdfast/api';
import { isUuid } from '@holdfast/envelope';
import { answer, clearProgress, progress, remark } from '@holdfast/terminal/output';
import { CommandError, EXIT_FAILED, usageError } from '@holdfast/terminal/report';
import { printable, stateCell, tinted } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { consoleAddress, type Workplace } from '../../connection.ts';

const LOOK_MILLISECONDS = 500;

export const WATCH_OPTION = ['--watch', 'wait for its end; exit code 1 when it fails or is cancelled'] as const;
export const RUN_ARGUMENT = ['[run]', 'its number or id; by default the newest'] as const;

export function runAddress(place: Workplace, { id }: Run): string {
  return consoleAddress(place, `runs/${id}`);
}

export async function readRun({ client, slug }: Workplace, id: string | undefined): Promise<Run> {
  if (id !== undefined) {
    if (/^#?[1-9][0-9]{0,8}$/.test(id)) return findByNumber({ client, slug }, Number(id.replace('#', '')));
    if (!isUuid(id)) {
      throw usageError(`“${printable(id.slice(0, 60))}” is neither the number nor the id of a run.`, 'holdfast run list shows them.');
    }
    return client.call(getRun, { params: { organization: slug, run: id } });
  }
  const { items } = await client.call(listRuns, { params: { organization: slug }, query: { limit: 1 } });
  const [newest] = items;
  if (newest === undefined) throw new CommandError('There are no runs yet.', { code: 'not_found', remedy: 'holdfast workflow run NAME' });
  return newest;
}

/** Each workflow counts its own runs. */
async function findByNumber({ client, slug }: Pick<Workplace, 'client' | 'slug'>, number: number): Promise<Run> {
  const { items } = await client.call(listRuns, { params: { organization: slug }, query: { number, limit: 20 } });
  const [found] = items;
  if (found === undefined) {
    throw new CommandError(`No workflow has a run ${number}.`, { code: 'not_found', remedy: 'holdfast run list shows them.' });
  }
  if (items.length === 1) return found;
  const each = items.map((run) => `  ${run.id}  ${printable(run.workflow.name)}`).join('\n');
  throw usageError(`${items.length} workflows have a run ${number}:\n${each}`, 'Name it by its id.');
}

/** Says where the run is and, when it is to be watched, how it ended. */
export async function answerStarted(command: Command, place: Workplace, started: Run, watched: boolean): Promise<void> {
  const label = `Run ${started.number} of “${printable(started.workflow.name)}”`;
  if (!watched) return answer(command, { run: started }, `${label} is started.\n${runAddress(place, started)}`);
  remark(`${label} is started.\n${runAddress(place, started)}`);
  await answerEnd(command, await watch(place, started));
}

/**
 * Follows a run to its end: hears from the server what changes, goes on at another node when the one that it
 * asked ends, and asks now and then when it hears nothing.
 */
export async function watch(place: Workplace, started: Run): Promise<Run> {
  const { client, slug } = place;
  for (;;) {
    const ended = (await hear(place, started)) ?? (await client.call(getRun, { params: { organization: slug, run: started.id } }));
    if (ended.finishedAt !== null) {
      clearProgress();
      return ended;
    }
    showProgress(ended);
    await sleep(LOOK_MILLISECONDS);
  }
}

/** The run at its end; `undefined` when the stream was refused, lost or ended before. */
async function hear({ client, slug }: Workplace, { id }: Run): Promise<Run | undefined> {
  const { readEvents } = await import('@holdfast/sdk');
  try {
    const stream = await client.stream(watchRun, { params: { organization: slug, run: id } });
    for await (const { event, data } of readEvents(stream)) {
      if (event !== 'run' && event !== 'end') continue;
      const run = JSON.parse(data) as RunEvents['run'];
      if (event === 'end') return run;
      showProgress(run);
    }
  } catch {
    // Asking says why.
  }
  return undefined;
}

function showProgress(run: Run): void {
  progress(`${run.status}: ${documentsInWords(run)}`);
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
