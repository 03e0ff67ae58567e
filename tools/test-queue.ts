import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that may run beside others. */
export interface Queued {
  readonly files: readonly string[];
  readonly stage: { readonly name: string; readonly concurrency: number; readonly longest?: readonly string[] };
}

/** However idle the processors are: more would use up the connections of the test server. */
const MOST = Math.min(availableParallelism() * 4, 10);
/** However busy they are. */
const LEAST = Math.min(availableParallelism(), MOST);
/** What has begun shows after this how much it computes. */
const LOOK_MILLISECONDS = 500;
/** Of all processors: with so much of them idle, one more begins. */
const IDLE_PART = 0.2;

/**
 * What runs one at a time first, since it takes its time however many run beside it; then those that take
 * longest, so that the last one to end is a short one; then the others of all stages by turns, each stage to
 * its end at about the same time: what waits much runs beside what computes much all the while.
 */
export function inOrder<Item extends Queued>(items: readonly Item[]): Item[] {
  const rank = ({ files, stage }: Item) => {
    if (stage.concurrency === 1) return 0;
    return stage.longest?.some((word) => files.some((file) => file.includes(word))) ? 1 : 2;
  };
  const alike = Map.groupBy(items, (item) => `${rank(item)} ${item.stage.name}`);
  const placed = [...alike.values()].flatMap((some) => some.map((item, position) => ({ item, part: position / some.length })));
  return placed.toSorted((one, other) => rank(one.item) - rank(other.item) || one.part - other.part).map(({ item }) => item);
}

/**
 * Runs all of them in their order, no more of a stage at a time than it allows. As many as there are
 * processors always run. While those wait for something (a process that starts, a time that passes), others
 * begin beside them.
 */
export async function runQueue<Item extends Queued>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const running = new Set<Promise<void>>();
  const ofStage = new Map<string, number>();
  const count = ({ name }: Queued['stage'], change: number) => {
    const now = (ofStage.get(name) ?? 0) + change;
    ofStage.set(name, now);
    return now;
  };

  function begin(): boolean {
    const position = waiting.findIndex(({ stage }) => count(stage, 0) < stage.concurrency);
    const [item] = position < 0 ? [] : waiting.splice(position, 1);
    if (item === undefined) return false;
    count(item.stage, 1);
    const ended = run(item).finally(() => {
      count(item.stage, -1);
      running.delete(ended);
    });
    running.add(ended);
    return true;
  }

  while (waiting.length > 0 || running.size > 0) {
    while (running.size < LEAST && begin());
    const before = processorTimes();
    const over = new AbortController();
    await Promise.race([...running, sleep(LOOK_MILLISECONDS, undefined, { signal: over.signal }).catch(() => {})]);
    over.abort();
    const after = processorTimes();
    const total = after.total - before.total;
    if (running.size < MOST && total > 0 && (after.idle - before.idle) / total >= IDLE_PART) begin();
  }
}

function processorTimes(): { idle: number; total: number } {
  const times = cpus().map(({ times }) => times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { idle, total: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}

/**
 * Neighbours in one process, no more than so many of them; each that takes long, or that needs a process for
 * itself, alone.
 */
export function inGroups(files: readonly string[], most: number, alone: readonly string[]): string[][] {
  const [single, others] = [files.filter(isAlone), files.filter((file) => !isAlone(file))];
  const groups = Math.ceil(others.length / most);
  const together = Array.from({ length: groups }, (_, group) =>
    others.slice(Math.round((group * others.length) / groups), Math.round(((group + 1) * others.length) / groups)),
  );
  return [...single.map((file) => [file]), ...together];

  function isAlone(file: string): boolean {
    return alone.some((word) => file.includes(word));
  }
}
