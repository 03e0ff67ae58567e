import type { Outcome } from '@holdfast/audit';
import { throwFirst } from '../../all-settled.ts';
import { createRedactor, type Redactor } from '../../egress/redaction.ts';
import type { Usable } from './check-usable.ts';
import type { UseDependencies } from './use-dependencies.ts';
import type { UseOccasion } from './use-record.ts';
import type { Consumer } from './wanted-use.ts';

/** What is to be said at the end of a use that was announced, and what its log must not say until then. */
export interface UseOutcome {
  /** What it protects is taken out of the log as well, until the outcome is recorded. */
  readonly redactor: Redactor;
  /** Where the values will be sent, for the record. */
  setDestinations(destinations: readonly string[]): void;
  /** Records it for each value. */
  record(outcome: Outcome, code?: string): Promise<void>;
}

/**
 * For one use whose intents are on the record. What is opened is to be protected in its `redactor`, which has
 * the log look for it too. At the end of the use `record` appends how it ended, an event for each of the
 * values; then, also when that fails, the log no longer looks for them.
 *
 * @param values those with an intent on the record.
 * @throws nothing by itself: `record` rejects with the first failure, once each was tried: AppendError
 *   `audit_unavailable` for an outcome that could not be recorded.
 */
export function createUseOutcome(
  { record, logger }: Pick<UseDependencies, 'record' | 'logger'>,
  occasion: UseOccasion,
  consumer: Consumer,
  values: readonly Usable[],
): UseOutcome {
  const protectedUntilRecorded: (() => void)[] = [];
  let destination = '';
  return {
    redactor: createRedactor((value) => protectedUntilRecorded.push(logger.protect(value))),
    setDestinations(destinations) {
      destination = destinations.join(' ');
    },
    async record(outcome, code) {
      try {
        const facts = { destination, ...(code !== undefined && { code }) };
        throwFirst(await Promise.allSettled(values.map((value) => record.conclude(occasion, consumer, value, outcome, facts))));
      } finally {
        for (const release of protectedUntilRecorded) release();
      }
    },
  };
}
