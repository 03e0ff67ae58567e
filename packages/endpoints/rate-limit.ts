import { HoldfastError } from '@holdfast/api';
import { LRUCache } from 'lru-cache';

/** Tokens that come back at `perSecond` up to `burst`. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimit {
  /** Takes one token of the bucket with this name. Throws `rate_limited` with the seconds to wait. */
  take(name: string, rate: Rate): void;
}

/**
 * Buckets kept. The one that was used longest ago is dropped first: by then it is usually full again, as a
 * new one is.
 */
const KEPT = 50_000;

/**
 * Token buckets by name, in this process: with several control planes each allows as much. At most 50,000
 * names are kept.
 *
 * @param now milliseconds of a clock that never goes back.
 * @throws nothing by itself: `take` throws HoldfastError `rate_limited`, with `extra.retryAfterSeconds`
 *   (whole, at least 1).
 * @example
 * ```ts
 * const limit = createRateLimit();
 * limit.take(`sign-in ${address}`, { perSecond: 1 / 60, burst: 5 });
 * ```
 */
export function createRateLimit(now: () => number = () => performance.now()): RateLimit {
  const buckets = new LRUCache<string, { readonly tokens: number; readonly at: number }>({ max: KEPT });
  return {
    take(name, { perSecond, burst }) {
      const at = now();
      const known = buckets.get(name);
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + ((at - known.at) / 1_000) * perSecond);
      buckets.set(name, { tokens: tokens < 1 ? tokens : tokens - 1, at });
      if (tokens >= 1) return;
      const seconds = Math.max(1, Math.ceil((1 - tokens) / perSecond));
      throw new HoldfastError('rate_limited', 'There were too many of these requests in a short time.', {
        extra: { retryAfterSeconds: seconds },
      });
    },
  };
}
