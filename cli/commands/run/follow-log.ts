import { setTimeout as sleep } from 'node:timers/promises';
import { getRun, listRunLog, type Run, type RunEvents, type RunLogLine, watchRun } from '@holdfast/api';
import type { Workplace } from '../../connection.ts';

const LOOK_MILLISECONDS = 500;

/**
 * The lines of a run's log, each once and in order: those that are there, and then those that come, until the
 * run has ended. Goes on at another node when the one that it asked ends.
 */
export async function* followLog({ client, slug }: Workplace, { id }: Run): AsyncGenerator<RunLogLine> {
  const { readEvents } = await import('@holdfast/sdk');
  const params = { organization: slug, run: id };
  let last = 0;
  /** Of the page that was the last one when it was read: more may stand on it now. */
  let page: string | undefined;

  function* unseen(lines: readonly RunLogLine[]): Generator<RunLogLine> {
    for (const line of lines) {
      if (line.sequence <= last) continue;
      last = line.sequence;
      yield line;
    }
  }

  async function* written(): AsyncGenerator<RunLogLine> {
    for (;;) {
      const { items, nextCursor } = await client.call(listRunLog, { params, query: { limit: 200, cursor: page } });
      yield* unseen(items);
      if (nextCursor === null) return;
      page = nextCursor;
    }
  }

  /** What the server says while it can be heard. */
  async function* heard(): AsyncGenerator<RunLogLine> {
    const stream = await client.stream(watchRun, { params, headers: { 'last-event-id': String(last) } });
    for await (const { event, data } of readEvents(stream)) {
      if (event === 'end') return;
      if (event !== 'log') continue;
      const { lines, more } = JSON.parse(data) as RunEvents['log'];
      yield* more ? written() : unseen(lines);
    }
  }

  for (;;) {
    // Before its log is read: what a run that has ended wrote is all there then.
    const { finishedAt } = await client.call(getRun, { params });
    yield* written();
    if (finishedAt !== null) return;
    try {
      yield* heard();
    } catch {
      // Asking says why.
    }
    await sleep(LOOK_MILLISECONDS);
  }
}
