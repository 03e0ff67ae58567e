/** What became of one of many. */
export interface BulkFailure {
  readonly name: string;
  readonly reason: string;
}

export interface BulkProgress {
  readonly done: number;
  readonly failed: readonly BulkFailure[];
}

const AT_A_TIME = 4;

/**
 * Does the same to many, a few at a time, until all are done or the signal stops it; what fails does not keep
 * the others from being done. Each is a request and an event of its own.
 */
export async function runBulk<Item extends { name: string }>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  {
    signal,
    onProgress,
    reasonOf,
  }: { signal: AbortSignal; onProgress: (progress: BulkProgress) => void; reasonOf: (error: unknown) => string },
): Promise<BulkProgress> {
  let next = 0;
  let done = 0;
  const failed: BulkFailure[] = [];
  const worker = async () => {
    for (let item = items[next++]; item !== undefined && !signal.aborted; item = items[next++]) {
      try {
        await work(item);
        done += 1;
      } catch (error) {
        failed.push({ name: item.name, reason: reasonOf(error) });
      }
      onProgress({ done, failed: [...failed] });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return { done, failed };
}
