import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import type { RunSettings } from '../config.ts';
import { type EventTexts, eventText, eventTexts } from './event-text.ts';
import { readItems } from './read-items.ts';
import { newestLine, readRunLog, type StoredLine, shownLine } from './read-log.ts';
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
  /**
   * Whether the reader may read names of secrets, as the database holds it now. Rejects when the reader may
   * not watch any more.
   */
  seesNames(): Promise<boolean>;
  /** Nothing comes any more: the run has ended, or cannot be read. */
  end(): void;
}

interface Feed {
  /** Each with the newest line of the log that it has. */
  readonly readers: Map<RunReader, number>;
  /** Readers that still get what they missed: nothing is written to anybody meanwhile. */
  readonly joining: Set<Promise<void>>;
  /** The newest line of the log that was looked at for all. */
  line: number;
  readonly begun: Promise<void>;
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
    const begun = newestLine(db, place).then((line) => {
      feed.line = line;
    });
    const feed: Feed = { readers: new Map(), joining: new Set(), line: 0, begun };
    feeds.set(key, feed);
    const over = () => {
      if (feeds.get(key) === feed) feeds.delete(key);
      for (const reader of feed.readers.keys()) reader.end();
    };
    begun.then(() => follow(place, feed)).then(over, over);
    return feed;
  }

  async function follow(place: RunPlace, feed: Feed): Promise<void> {
    const look = createLook(db, settings, { ...place, bucketIsReached });
    let pause = LOOK_MILLISECONDS;
    for (let failures = 0; failures < FAILURES_MAXIMUM && feed.readers.size > 0; ) {
      await sleep(pause, undefined, { signal: closing.signal });
      try {
        const { lines, texts, ended, milliseconds } = await look(feed.line);
        pause = pauseAfter(milliseconds);
        const namesFor = await rightsOf(feed, holdNames(lines, texts));
        // Nothing is waited for from here on, so that nobody joins in between.
        for (const [reader, has] of feed.readers) {
          const names = namesFor.get(reader) ?? false;
          const missing = lines.filter(({ sequence }) => sequence > has);
          const newest = missing.at(-1)?.sequence;
          if (newest !== undefined) {
            reader.write(logText(missing, names));
            feed.readers.set(reader, newest);
          }
          for (const text of texts) reader.write(names ? text.full : text.withoutNames);
        }
        feed.line = lines.at(-1)?.sequence ?? feed.line;
        if (ended) return;
        failures = 0;
      } catch (error) {
        if (error instanceof HoldfastError) return;
        failures += 1;
      }
    }
  }

  /** Afterwards the reader has at least the lines that were looked at for all. */
  async function join(place: RunPlace, feed: Feed, reader: RunReader, afterLine: number | undefined): Promise<void> {
    let has = afterLine ?? feed.line;
    if (has < feed.line) {
      const { lines, newest } = await missedLines(db, place, has);
      reader.write(lines === undefined ? eventText('log', { lines: [], more: true }) : logText(lines, await reader.seesNames()));
      has = Math.max(newest ?? 0, feed.line);
    }
    feed.readers.set(reader, has);
  }

  return {
    async watch(place, reader, afterLine) {
      if (closing.signal.aborted) throw new HoldfastError('unavailable');
      const { full, withoutNames } = eventTexts('run', await readRun(db, settings, place.organizationId, place.runId));
      const names = full === withoutNames || (await reader.seesNames());
      const feed = feedOf(place);
      // Counted, so that the feed goes on.
      feed.readers.set(reader, Number.POSITIVE_INFINITY);
      const leave = () => void feed.readers.delete(reader);
      try {
        await feed.begun;
        const joined = join(place, feed, reader, afterLine);
        const settled = joined.catch(() => undefined);
        feed.joining.add(settled);
        void settled.then(() => feed.joining.delete(settled));
        await joined;
        reader.write(names ? full : withoutNames);
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    close() {
      closing.abort();
      for (const { readers } of feeds.values()) for (const reader of readers.keys()) reader.end();
    },
  };
}

/** How long the next look waits, in milliseconds, after one that took so many. */
export function pauseAfter(milliseconds: number): number {
  return Math.min(Math.max(LOOK_MILLISECONDS, milliseconds * SHARE), LOOK_MAXIMUM_MILLISECONDS);
}

/** What a reader missed while it was away; when that is much, it is asked to read the log again. */
async function missedLines(
  db: Kysely<Database>,
  place: RunPlace,
  after: number,
): Promise<{ lines: StoredLine[] | undefined; newest: number | undefined }> {
  const lines = await readRunLog(db, place, after, LINES_AT_ONCE + 1);
  if (lines.length > LINES_AT_ONCE) return { lines: undefined, newest: undefined };
  return { lines, newest: lines.at(-1)?.sequence };
}

/** @param names whether the reader may read names of secrets. */
function logText(lines: readonly StoredLine[], names: boolean): string {
  return eventText('log', { lines: lines.map((line) => shownLine(line, names)), more: false }, lines.at(-1)?.sequence);
}

/** Whether it matters who reads them. */
function holdNames(lines: readonly StoredLine[], texts: readonly EventTexts[]): boolean {
  return lines.some((line) => line.withoutNames !== null) || texts.some(({ full, withoutNames }) => full !== withoutNames);
}

/**
 * Which readers of a feed may read names of secrets, asked now when there are names to be read: a member may
 * have another role since the look before. Afterwards nobody is joining.
 */
async function rightsOf({ readers, joining }: Feed, names: boolean): Promise<ReadonlyMap<RunReader, boolean>> {
  const found = new Map<RunReader, boolean>();
  const ask = async (reader: RunReader) => {
    try {
      found.set(reader, await reader.seesNames());
    } catch {
      // Who may not watch any more, or a database that is away: coming back finds out which.
      readers.delete(reader);
      reader.end();
    }
  };
  for (;;) {
    await Promise.all(joining);
    const unasked = [...readers.keys()].filter((reader) => names && !found.has(reader));
    if (unasked.length === 0) return found;
    await Promise.all(unasked.map(ask));
  }
}

/** What a look at a run finds. */
interface Look {
  /** Of the log, after the line that was asked for. */
  readonly lines: StoredLine[];
  /** Events of what else has changed since the look before. */
  readonly texts: EventTexts[];
  readonly ended: boolean;
  readonly milliseconds: number;
}

/** Looks at one run again and again. */
function createLook(db: Kysely<Database>, settings: RunSettings, place: ItemsPlace): (afterLine: number) => Promise<Look> {
  let shown = '';
  let lookedAt = performance.now();
  let countAt = 0;
  let counted = '';
  /** Of the documents of the last look, by id: what was said of them. */
  let said = new Map<string, string>();

  return async (afterLine) => {
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
    const lines = await readRunLog(db, place, afterLine, LINES_AT_ONCE);
    const milliseconds = performance.now() - lookedAt;
    const saying = new Map(changed.map((item) => [item.id, JSON.stringify(item)]));
    const items = changed.filter(({ id }) => said.get(id) !== saying.get(id));
    said = saying;
    const more = late || changed.length > ITEMS_AT_ONCE;
    const texts: EventTexts[] = [];
    if (items.length > 0 || more) texts.push(eventTexts('items', { items: items.slice(0, ITEMS_AT_ONCE), more }));
    const now = JSON.stringify(run);
    const ended = run.finishedAt !== null;
    // Counting takes the longer, the more documents there are: then it is done less often.
    if (ended || performance.now() >= countAt) {
      const begunAt = performance.now();
      const steps = await readRunSteps(db, place, run.items);
      const text = eventTexts('steps', steps);
      if (text.full !== counted) texts.push(text);
      counted = text.full;
      countAt = performance.now() + (performance.now() - begunAt) * SHARE;
    }
    if (now !== shown) texts.push(eventTexts(ended ? 'end' : 'run', run));
    shown = now;
    return { lines, texts, ended, milliseconds };
  };
}
