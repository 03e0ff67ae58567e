import { HoldfastError } from '@holdfast/api';

/** A limit of what is done at once in this process, of which nobody has more than a part. */
export interface ConcurrencyLimit {
  /**
   * Takes a place, and answers what gives it back. A second call of that does nothing.
   *
   * @param owners whose part it is of (an address, a trigger, an organization), and how many that is.
   * @throws HoldfastError `rate_limited` when one of them has its part already, `unavailable` when there is
   *   no place at all.
   */
  take(owners: Readonly<Record<string, number>>): () => void;
}

/**
 * Counts what is under way in this process. Nobody waits: who finds no place is refused.
 *
 * @param what is under way, for messages: “Too many … at once.”
 * @param places of all together.
 * @throws nothing by itself: `take` throws HoldfastError `rate_limited`, with `extra.retryAfterSeconds`, and
 *   `unavailable`.
 */
export function createConcurrencyLimit(what: string, places: number): ConcurrencyLimit {
  const held = new Map<string, number>();
  let taken = 0;
  return {
    take(owners) {
      const names = Object.keys(owners);
      if (names.some((owner) => (held.get(owner) ?? 0) >= (owners[owner] ?? 0))) {
        throw new HoldfastError('rate_limited', `Too many ${what} at once from one side.`, { extra: { retryAfterSeconds: 1 } });
      }
      if (taken >= places) throw new HoldfastError('unavailable', `Too many ${what} at once.`);
      taken += 1;
      for (const owner of names) held.set(owner, (held.get(owner) ?? 0) + 1);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
        for (const owner of names) {
          const left = (held.get(owner) ?? 0) - 1;
          if (left > 0) held.set(owner, left);
          else held.delete(owner);
        }
      };
    },
  };
}
