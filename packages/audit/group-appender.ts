import { canonicalBody } from './canonical-body.ts';
import type { AuditEvent } from './event.ts';

export interface Appended {
  readonly sequence: number;
}

/** The event is not known to be recorded, so what it was to record must not happen. */
export class AppendError extends Error {
  override readonly name = 'AppendError';
  readonly code = 'audit_unavailable';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

export interface GroupAppender<Answer extends Appended = Appended> {
  /**
   * Resolves once the event is committed. Rejects with {@link AppendError}, or AuditEventError for an event
   * that is not valid.
   */
  append(organizationId: string, event: AuditEvent): Promise<Answer>;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
}

interface Waiter<Answer> {
  readonly event: AuditEvent;
  readonly body: string;
  readonly settle: (result: Answer | AppendError) => void;
}

interface Chain<Answer> {
  readonly waiting: Set<Waiter<Answer>>;
  underWay: boolean;
}

/**
 * Commits events of many callers in groups. While a group of an organization is under way its next events
 * wait, and are sent together as soon as it has landed: no timer, so one caller alone waits for nothing. One
 * group at a time for each organization, so that no crash leaves a gap in a chain; organizations do not wait
 * for each other. A group that fails rejects its own callers and nobody else.
 *
 * `append` commits the bodies of the events in one transaction. `maximumBatch` (default 256) bounds a group,
 * `maximumWaiting` (default 10,000) an organization's queue; a caller that waits longer than
 * `timeoutMilliseconds` (default 2,000) is refused, and not sent when still in the queue.
 */
export function createGroupAppender<Answer extends Appended>(options: {
  readonly append: (organizationId: string, bodies: string[], events: readonly AuditEvent[]) => Promise<readonly Answer[]>;
  readonly maximumBatch?: number;
  readonly maximumWaiting?: number;
  readonly timeoutMilliseconds?: number;
}): GroupAppender<Answer> {
  const { append, maximumBatch = 256, maximumWaiting = 10_000, timeoutMilliseconds = 2_000 } = options;
  const chains = new Map<string, Chain<Answer>>();
  let idlers: (() => void)[] = [];

  async function work(organizationId: string, chain: Chain<Answer>): Promise<void> {
    while (chain.waiting.size > 0) {
      const batch = takeFirst(chain.waiting, maximumBatch);
      const results = await appendBatch(organizationId, batch);
      batch.forEach((waiter, position) => {
        waiter.settle(
          results instanceof AppendError ? results : (results[position] ?? new AppendError('The audit record did not answer.')),
        );
      });
    }
    chains.delete(organizationId);
    if (chains.size === 0) {
      for (const resolve of idlers) resolve();
      idlers = [];
    }
  }

  async function appendBatch(organizationId: string, batch: readonly Waiter<Answer>[]): Promise<readonly Answer[] | AppendError> {
    try {
      const results = await append(
        organizationId,
        batch.map((waiter) => waiter.body),
        batch.map((waiter) => waiter.event),
      );
      if (results.length === batch.length) return results;
      return new AppendError(`The audit record answered ${results.length} times for ${batch.length} events.`);
    } catch (error) {
      return new AppendError('The audit record cannot be written.', error);
    }
  }

  return {
    async append(organizationId, event) {
      const body = canonicalBody(event);
      const chain = chains.get(organizationId) ?? { waiting: new Set<Waiter<Answer>>(), underWay: false };
      if (chain.waiting.size >= maximumWaiting) throw new AppendError('Too many events wait to be recorded.');
      chains.set(organizationId, chain);
      return new Promise<Answer>((resolve, reject) => {
        const timeout = setTimeout(() => {
          chain.waiting.delete(waiter);
          reject(new AppendError(`The audit record did not answer within ${timeoutMilliseconds} milliseconds.`));
        }, timeoutMilliseconds);
        const waiter: Waiter<Answer> = {
          event,
          body,
          settle(result) {
            clearTimeout(timeout);
            if (result instanceof AppendError) reject(result);
            else resolve(result);
          },
        };
        chain.waiting.add(waiter);
        // A turn later, so that what was asked for in the same turn leaves in one group.
        if (!chain.underWay) {
          chain.underWay = true;
          queueMicrotask(() => void work(organizationId, chain));
        }
      });
    },
    async idle() {
      if (chains.size > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    },
  };
}

function takeFirst<T>(waiting: Set<T>, count: number): T[] {
  const taken: T[] = [];
  for (const waiter of waiting) {
    if (taken.length === count) break;
    taken.push(waiter);
    waiting.delete(waiter);
  }
  return taken;
}
