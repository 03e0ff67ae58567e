/** The first refusal is recorded at once; the same ones within this time become one event more, with their number. */
const WINDOW_MILLISECONDS = 10 * 60 * 1_000;

export interface RefusalFold {
  /**
   * @param key - what makes refusals the same: what was refused to whom, and from where.
   * @param record - records one event; `repeated` is how many more there were in the window, and undefined for the first.
   */
  note(key: string, record: (repeated: number | undefined) => Promise<void>): Promise<void>;
  /** Records what was counted so far. */
  close(): Promise<void>;
}

/** Keeps somebody who is refused again and again from filling a record from which nothing can be deleted. */
export function createRefusalFold(windowMilliseconds = WINDOW_MILLISECONDS): RefusalFold {
  const folded = new Map<string, { repeated: number; record: (repeated: number) => Promise<void>; readonly timer: NodeJS.Timeout }>();
  const underWay = new Set<Promise<void>>();

  function flush(key: string): void {
    const entry = folded.get(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    folded.delete(key);
    if (entry.repeated === 0) return;
    const work = entry.record(entry.repeated).catch(() => undefined);
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  return {
    async note(key, record) {
      const entry = folded.get(key);
      if (entry !== undefined) {
        entry.repeated += 1;
        entry.record = record;
        return;
      }
      folded.set(key, { repeated: 0, record, timer: setTimeout(flush, windowMilliseconds, key).unref() });
      await record(undefined);
    },
    async close() {
      for (const key of [...folded.keys()]) flush(key);
      await Promise.all(underWay);
    },
  };
}
