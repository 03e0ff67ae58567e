import { createFairQueue } from '../fair-queue.ts';

/** Few may do work that takes much of this process at once; those of different organizations take turns. */
export interface FairSemaphore {
  /**
   * Does the work when there is a place.
   *
   * @throws what the work throws; the reason of the signal when it is aborted before the work has begun.
   */
  take<T>(organizationId: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface FairSemaphoreOptions {
  readonly maximum: number;
  /** Of one organization: with fewer than there are, another one finds a place at once. */
  readonly maximumOfOne: number;
}

export function createFairSemaphore({ maximum, maximumOfOne }: FairSemaphoreOptions): FairSemaphore {
  const taken = new Map<string, number>();
  const queue = createFairQueue<() => void>();
  const takenBy = (organizationId: string) => taken.get(organizationId) ?? 0;
  let all = 0;

  function occupy(organizationId: string): void {
    all += 1;
    taken.set(organizationId, takenBy(organizationId) + 1);
  }

  function leave(organizationId: string): void {
    all -= 1;
    const left = takenBy(organizationId) - 1;
    if (left > 0) taken.set(organizationId, left);
    else taken.delete(organizationId);
    if (all >= maximum) return;
    const next = queue.next((each) => takenBy(each) < maximumOfOne);
    if (next === undefined) return;
    occupy(next.organizationId);
    next.waiting();
  }

  return {
    async take(organizationId, work, signal) {
      signal.throwIfAborted();
      if (all < maximum && takenBy(organizationId) < maximumOfOne) {
        occupy(organizationId);
      } else {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        queue.add(organizationId, resolve);
        const giveUp = () => {
          // It may have been given its place in the same moment: then it is left as any other.
          if (queue.remove(organizationId, resolve)) reject(signal.reason);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        try {
          await promise;
        } finally {
          signal.removeEventListener('abort', giveUp);
        }
      }
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        leave(organizationId);
      }
    },
  };
}
