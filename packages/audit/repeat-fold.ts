/**
 * The first event is recorded at once; the same ones within this time become one event more, with their
 * number.
 */
const WINDOW_MILLISECONDS = 10 * 60 * 1_000;
/** Beyond so many different ones, the oldest is recorded before its time. */
const KEPT = 10_000;

/**
 * What a folded event says in its `detail`: how many more there were, and when the first and the last of them
 * were.
 */
export interface Repeats extends Readonly<Record<string, string | number>> {
  readonly repeated: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

export interface RepeatFold {
  /**
   * Resolves when the event is recorded or counted; rejects when it is the first and cannot be recorded.
   *
   * @param key what makes events the same: who, what, from where, with which outcome.
   * @param record records one event; `repeats` is undefined for the first.
   */
  note(key: string, record: (repeats: Repeats | undefined) => Promise<void>): Promise<void>;
  /** Records what was counted so far. @returns how many events could not be recorded, and are lost. */
  close(): Promise<number>;
}

interface Folded {
  repeats: Repeats | undefined;
  record: (repeats: Repeats) => Promise<void>;
  timer: NodeJS.Timeout;
}

/**
 * Keeps a person who repeats the same thing, such as a use that is refused, from filling a record from which
 * nothing can be deleted. What was counted and could not be recorded is tried again with the next window; a
 * process that is killed loses the counts of its last window.
 *
 * @param options.windowMilliseconds how long the same events are counted before they become one: 10 minutes
 *   by default, and less when more than 10,000 different ones are counted.
 * @throws nothing by itself: `note` rejects with what `record` rejects with for the first event.
 */
export function createRepeatFold({ windowMilliseconds = WINDOW_MILLISECONDS } = {}): RepeatFold {
  const folded = new Map<string, Folded>();
  const underWay = new Set<Promise<void>>();
  let closing = false;
  let lost = 0;

  const wait = (key: string): NodeJS.Timeout => setTimeout(flush, windowMilliseconds, key).unref();

  function flush(key: string): void {
    const entry = folded.get(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    folded.delete(key);
    const { repeats, record } = entry;
    if (repeats === undefined) return;
    const work = record(repeats).catch(() => {
      if (closing) lost += repeats.repeated;
      else keep(key, repeats, record);
    });
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  /** Counts them again, beside those that have come meanwhile. */
  function keep(key: string, earlier: Repeats, record: Folded['record']): void {
    const entry = folded.get(key);
    if (entry === undefined) folded.set(key, { repeats: earlier, record, timer: wait(key) });
    else entry.repeats = joined(earlier, entry.repeats);
  }

  return {
    async note(key, record) {
      const entry = folded.get(key);
      if (entry !== undefined) {
        const now = new Date().toISOString();
        entry.repeats = joined(entry.repeats, { repeated: 1, firstAt: now, lastAt: now });
        entry.record = record;
        return;
      }
      const first: Folded = { repeats: undefined, record, timer: wait(key) };
      folded.set(key, first);
      const [oldest] = folded.keys();
      if (folded.size > KEPT && oldest !== undefined) flush(oldest);
      try {
        await record(undefined);
      } catch (error) {
        // Then the next one is the first.
        if (first.repeats === undefined && folded.get(key) === first) {
          clearTimeout(first.timer);
          folded.delete(key);
        }
        throw error;
      }
    },
    async close() {
      closing = true;
      for (const key of [...folded.keys()]) flush(key);
      await Promise.all(underWay);
      return lost;
    },
  };
}

function joined(earlier: Repeats | undefined, later: Repeats | undefined): Repeats | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  return { repeated: earlier.repeated + later.repeated, firstAt: earlier.firstAt, lastAt: later.lastAt };
}
