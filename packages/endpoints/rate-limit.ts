import { HoldfastError } from '@holdfast/api';

/** Tokens that come back at `perSecond` up to `burst`. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimit {
  /** Takes one of what `who` has left. Throws `rate_limited` with the seconds to wait. */
  take(who: string, rate: Rate): void;
}

/** Whoever was not seen for longest is forgotten first; by then the tokens are back. */
const KEPT = 50_000;

/** A token bucket for each name, in this process: with several control planes each allows as much. */
export function createRateLimit(now: () => number = () => performance.now()): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(who, { perSecond, burst }) {
      const at = now();
      const known = buckets.get(who);
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + ((at - known.at) / 1_000) * perSecond);
      buckets.delete(who);
      buckets.set(who, { tokens: tokens < 1 ? tokens : tokens - 1, at });
      const oldest = buckets.keys().next();
      if (buckets.size > KEPT && !oldest.done) buckets.delete(oldest.value);
      if (tokens >= 1) return;
      const seconds = Math.max(1, Math.ceil((1 - tokens) / perSecond));
      throw new HoldfastError('rate_limited', 'There were too many of these requests in a short time.', {
        extra: { retryAfterSeconds: seconds },
      });
    },
  };
}
