import { CHANGES_AT_ONCE, type Pace, withPauses } from './pace.ts';

/** What became of one of many. */
export interface BulkFailure {
  readonly name: string;
  readonly reason: string;
}

export interface BulkProgress {
  readonly done: number;
  readonly failed: readonly BulkFailure[];
}

export interface BulkWatching extends Pace {
  readonly onProgress: (progress: BulkProgress) => void;
  readonly reasonOf: (error: unknown) => string;
}

/**
 * Does the same to many, a few at a time, until all are done or it is stopped; what fails does not keep the
 * others from being done. Each is a request and an event of its own.
 */
export async function runBulk<Item extends { name: string }>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  { onProgress, reasonOf, ...pace }: BulkWatching,
): Promise<BulkProgress> {
  let next = 0;
  let done = 0;
  const failed: BulkFailure[] = [];
  const worker = async () => {
    for (let item = items[next++]; item !== undefined && !pace.stop.aborted; item = items[next++]) {
      const one = item;
      try {
        await withPauses(() => work(one), pace);
        done += 1;
      } catch (error) {
        // Stopped in a pause: it is one of those that were not begun.
        if (pace.stop.aborted && pace.isPause(error)) return;
        failed.push({ name: item.name, reason: reasonOf(error) });
      }
      onProgress({ done, failed: [...failed] });
    }
  };
  await Promise.all(Array.from({ length: CHANGES_AT_ONCE }, worker));
  return { done, failed };
}
