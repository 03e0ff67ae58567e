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

export interface GroupAppender<Answer = Appended, Condition = never> {
  /**
   * Resolves once the event is committed. Rejects with {@link AppendError}, or AuditEventError for an event
   * that is not valid.
   */
  append(organizationId: string, event: AuditEvent): Promise<Answer>;
  /**
   * The same for events, at least one, that are appended together and on a condition. What becomes of it is
   * said by the answers, one for each event.
   */
  appendIf(organizationId: string, events: readonly AuditEvent[], condition: Condition): Promise<readonly Answer[]>;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
}

interface Waiter<Answer, Condition> {
  readonly events: readonly AuditEvent[];
  readonly bodies: readonly string[];
  readonly condition: Condition | undefined;
  readonly settle: (result: readonly Answer[] | AppendError) => void;
}

interface Chain<Answer, Condition> {
  readonly waiting: Set<Waiter<Answer, Condition>>;
  underWay: boolean;
}

/**
 * Commits events of many callers in groups. While a group of an organization is under way its next events
 * wait, and are sent together as soon as it has landed: no timer, so one caller alone waits for nothing. One
 * group at a time for each organization, so that no crash leaves a gap in a chain; organizations do not wait
 * for each other. A group that fails rejects its own callers and nobody else.
 *
 * `append` commits the events in one transaction, and answers for each of them. `maximumBatch` (default 256)
 * bounds a group, `maximumWaiting` (default 10,000) an organization's queue; a caller that waits longer than
 * `timeoutMilliseconds` (default 2,000) is refused, and not sent when still in the queue.
 */
export function createGroupAppender<Answer = Appended, Condition = never>(options: {
  readonly append: (
    organizationId: string,
    bodies: string[],
    events: readonly AuditEvent[],
    /** Of each event; the same one for those that are appended together. */
    conditions: readonly (Condition | undefined)[],
  ) => Promise<readonly Answer[]>;
  readonly maximumBatch?: number;
  readonly maximumWaiting?: number;
  readonly timeoutMilliseconds?: number;
}): GroupAppender<Answer, Condition> {
  const { append, maximumBatch = 256, maximumWaiting = 10_000, timeoutMilliseconds = 2_000 } = options;
  const chains = new Map<string, Chain<Answer, Condition>>();
  let idlers: (() => void)[] = [];

  async function work(organizationId: string, chain: Chain<Answer, Condition>): Promise<void> {
    while (chain.waiting.size > 0) {
      const batch = takeFirst(chain.waiting, maximumBatch);
      const results = await appendBatch(organizationId, batch);
      let position = 0;
      for (const { bodies, settle } of batch) {
        settle(results instanceof AppendError ? results : results.slice(position, position + bodies.length));
        position += bodies.length;
      }
    }
    chains.delete(organizationId);
    if (chains.size === 0) {
      for (const resolve of idlers) resolve();
      idlers = [];
    }
  }

  async function appendBatch(
    organizationId: string,
    batch: readonly Waiter<Answer, Condition>[],
  ): Promise<readonly Answer[] | AppendError> {
    try {
      const bodies = batch.flatMap((waiter) => waiter.bodies);
      const results = await append(
        organizationId,
        bodies,
        batch.flatMap(({ events }) => events),
        batch.flatMap(({ events, condition }) => events.map(() => condition)),
      );
      if (results.length === bodies.length) return results;
      return new AppendError(`The audit record answered ${results.length} times for ${bodies.length} events.`);
    } catch (error) {
      return new AppendError('The audit record cannot be written.', error);
    }
  }

  function enqueue(organizationId: string, events: readonly AuditEvent[], condition: Condition | undefined): Promise<readonly Answer[]> {
    const bodies = events.map(canonicalBody);
    const chain = chains.get(organizationId) ?? { waiting: new Set<Waiter<Answer, Condition>>(), underWay: false };
    if (chain.waiting.size >= maximumWaiting) throw new AppendError('Too many events wait to be recorded.');
    chains.set(organizationId, chain);
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        chain.waiting.delete(waiter);
        reject(new AppendError(`The audit record did not answer within ${timeoutMilliseconds} milliseconds.`));
      }, timeoutMilliseconds);
      const waiter: Waiter<Answer, Condition> = {
        events,
        bodies,
        condition,
        settle(result) {
          clearTimeout(timeout);
          if (result instanceof AppendError) reject(result);
          else resolve(result);
        },
      };
      chain.waiting.add(waiter);
      // Not at once: the first caller would leave alone, and all others of the same callback in a second
      // group.
      if (!chain.underWay) {
        chain.underWay = true;
        queueMicrotask(() => void work(organizationId, chain));
      }
    });
  }

  return {
    async append(organizationId, event) {
      const [answer] = await enqueue(organizationId, [event], undefined);
      return answer as Answer;
    },
    async appendIf(organizationId, events, condition) {
      return enqueue(organizationId, events, condition);
    },
    async idle() {
      if (chains.size > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    },
  };
}

/** So many events at the most, or those of the first waiter. */
function takeFirst<Answer, Condition>(waiting: Set<Waiter<Answer, Condition>>, count: number): Waiter<Answer, Condition>[] {
  const taken: Waiter<Answer, Condition>[] = [];
  let events = 0;
  for (const waiter of waiting) {
    events += waiter.events.length;
    if (taken.length > 0 && events > count) break;
    taken.push(waiter);
    waiting.delete(waiter);
  }
  return taken;
}
