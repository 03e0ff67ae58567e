import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import type { RunSettings } from '../config.ts';
import { eventText } from './event-text.ts';
import { readItems } from './read-items.ts';
import { newestLine, readLog } from './read-log.ts';
import { readRunSteps } from './read-run-steps.ts';
import { readRun } from './read-runs.ts';
import type { ItemsPlace, RunPlace } from './run-place.ts';

/** Between two looks at a run, however many watch it; longer when looking at it takes long. */
const LOOK_MILLISECONDS = 700;
const LOOK_MAXIMUM_MILLISECONDS = 5_000;
/**
 * A look reads every document of a run. It takes at most one part in so many of the time, and so does what is
 * counted at each step.
 */
const SHARE = 20;
/** Documents that are named in one event; when more have changed, it says so. */
const ITEMS_AT_ONCE = 100;
const LINES_AT_ONCE = 200;
/** Documents that finished so long ago are looked at: longer than a look takes to come. */
const SINCE_SECONDS = 4;
/** After so many looks that failed, the readers are sent away: they find the next node, or the reason. */
const FAILURES_MAXIMUM = 5;

/** Somebody who watches a run. */
export interface RunReader {
  write(text: string): void;
  /** Nothing comes any more: the run has ended, or cannot be read. */
  end(): void;
}

interface Feed {
  readonly readers: Set<RunReader>;
  /** The newest line of the log that every reader has. */
  readonly begun: Promise<number>;
}

/** Looks at runs that are watched: one look for all who watch the same one. */
export interface RunFeeds {
  /**
   * Adds a reader: it gets the run as it is, what changes, and the lines of the log after `afterLine`.
   * `undefined`: those that are written from now on. Answers what takes the reader away. Throws `not_found`.
   */
  watch(place: RunPlace, reader: RunReader, afterLine: number | undefined): Promise<() => void>;
  /** Ends every reader. */
  close(): void;
}

/** @param bucketIsReached see ItemsPlace. */
export function createRunFeeds(db: Kysely<Database>, settings: RunSettings, bucketIsReached: boolean): RunFeeds {
  const feeds = new Map<string, Feed>();
  const closing = new AbortController();

  function feedOf(place: RunPlace): Feed {
    const key = `${place.organizationId} ${place.runId}`;
    const known = feeds.get(key);
    if (known !== undefined) return known;
    const feed: Feed = { readers: new Set(), begun: newestLine(db, place) };
    feeds.set(key, feed);
    const over = () => {
      if (feeds.get(key) === feed) feeds.delete(key);
      for (const reader of feed.readers) reader.end();
    };
    feed.begun.then((line) => follow(place, feed, line)).then(over, over);
    return feed;
  }

  async function follow(place: RunPlace, feed: Feed, begun: number): Promise<void> {
    const look = createLook(db, settings, { ...place, bucketIsReached }, begun);
    let pause = LOOK_MILLISECONDS;
    for (let failures = 0; failures < FAILURES_MAXIMUM && feed.readers.size > 0; ) {
      await sleep(pause, undefined, { signal: closing.signal });
      try {
        const { texts, ended, milliseconds } = await look();
        pause = pauseAfter(milliseconds);
        for (const reader of feed.readers) for (const text of texts) reader.write(text);
        if (ended) return;
        failures = 0;
      } catch (error) {
        if (error instanceof HoldfastError) return;
        failures += 1;
      }
    }
  }

  return {
    async watch(place, reader, afterLine) {
      if (closing.signal.aborted) throw new HoldfastError('unavailable');
      const run = await readRun(db, settings, place.organizationId, place.runId);
      const feed = feedOf(place);
      feed.readers.add(reader);
      const leave = () => void feed.readers.delete(reader);
      try {
        const begun = await feed.begun;
        if (afterLine !== undefined && afterLine < begun) reader.write(await missedLines(db, place, afterLine));
        reader.write(eventText('run', run));
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    close() {
      closing.abort();
      for (const { readers } of feeds.values()) for (const reader of readers) reader.end();
    },
  };
}

/** How long the next look waits, in milliseconds, after one that took so many. */
export function pauseAfter(milliseconds: number): number {
  return Math.min(Math.max(LOOK_MILLISECONDS, milliseconds * SHARE), LOOK_MAXIMUM_MILLISECONDS);
}

/** What a reader missed while it was away; when that is much, it is asked to read the log again. */
async function missedLines(db: Kysely<Database>, place: RunPlace, after: number): Promise<string> {
  const lines = await readLog(db, place, after, LINES_AT_ONCE + 1);
  if (lines.length > LINES_AT_ONCE) return eventText('log', { lines: [], more: true });
  return eventText('log', { lines, more: false }, lines.at(-1)?.sequence);
}

/** Looks at one run again and again; each time it answers what has changed since the time before. */
function createLook(db: Kysely<Database>, settings: RunSettings, place: ItemsPlace, begun: number) {
  let line = begun;
  let shown = '';
  let lookedAt = performance.now();
  let countAt = 0;
  let counted = '';
  /** Of the documents of the last look, by id: what was said of them. */
  let said = new Map<string, string>();

  return async (): Promise<{ texts: string[]; ended: boolean; milliseconds: number }> => {
    const late = performance.now() - lookedAt > (SINCE_SECONDS - 1) * 1_000;
    lookedAt = performance.now();
    // The run first: what has happened by its end is in the rest.
    const run = await readRun(db, settings, place.organizationId, place.runId);
    const changed = await readItems(db, place, {
      where: sql`(i.status = 'running' or (i.status = 'waiting' and i.attempts > 0)
        or i.finished_at > now() - make_interval(secs => ${SINCE_SECONDS}))`,
      order: sql`i.finished_at desc nulls first, i.id`,
      limit: ITEMS_AT_ONCE + 1,
    });
    const lines = await readLog(db, place, line, LINES_AT_ONCE);
    line = lines.at(-1)?.sequence ?? line;
    const milliseconds = performance.now() - lookedAt;
    const saying = new Map(changed.map((item) => [item.id, JSON.stringify(item)]));
    const items = changed.filter(({ id }) => said.get(id) !== saying.get(id));
    said = saying;
    const more = late || changed.length > ITEMS_AT_ONCE;
    const texts: string[] = [];
    if (lines.length > 0) texts.push(eventText('log', { lines, more: false }, line));
    if (items.length > 0 || more) texts.push(eventText('items', { items: items.slice(0, ITEMS_AT_ONCE), more }));
    const now = JSON.stringify(run);
    const ended = run.finishedAt !== null;
    // Counting takes the longer, the more documents there are: then it is done less often.
    if (ended || performance.now() >= countAt) {
      const begunAt = performance.now();
      const steps = await readRunSteps(db, place, run.items);
      const text = eventText('steps', steps);
      if (text !== counted) texts.push(text);
      counted = text;
      countAt = performance.now() + (performance.now() - begunAt) * SHARE;
    }
    if (now !== shown) texts.push(eventText(ended ? 'end' : 'run', run));
    shown = now;
    return { texts, ended, milliseconds };
  };
}
