import type { ConnectorError } from '@holdfast/connector';

/** How often an item is tried, and how long to wait in between. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMilliseconds: number;
  readonly maximumDelayMilliseconds: number;
}

/** About a minute and a half in all: longer than a restart of a service or a network takes. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 8, firstDelayMilliseconds: 500, maximumDelayMilliseconds: 30_000 };

/**
 * For so long a run waits for a service that asks for time. One that asks for more is not asked again: it
 * would be before its time, and a run that waits holds a slot.
 */
export const LONGEST_WAIT_MILLISECONDS = 300_000;

/** Whether a service asks for more time than a run waits for it. */
export function asksForTooLong({ retryAfterMilliseconds = 0 }: Pick<ConnectorError, 'retryAfterMilliseconds'>): boolean {
  return retryAfterMilliseconds > LONGEST_WAIT_MILLISECONDS;
}

/**
 * Twice as long each time, and between half and all of that, so that many items do not come back at one
 * moment. What the service asks for counts when it is longer. `attempt` is 1 after the first.
 */
export function delayAfter(policy: RetryPolicy, attempt: number, askedFor = 0, random: () => number = Math.random): number {
  const full = Math.min(policy.maximumDelayMilliseconds, policy.firstDelayMilliseconds * 2 ** (attempt - 1));
  return Math.max(askedFor, Math.round(full * (0.5 + random() / 2)));
}
