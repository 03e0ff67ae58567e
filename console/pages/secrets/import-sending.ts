import { CHANGES_AT_ONCE, type Pace, withPauses } from './pace.ts';

/** What an item came to. `taken`: somebody else has added or replaced a secret of that name meanwhile. */
export type Outcome = 'set' | 'taken';

export interface Sending<Item> extends Pace {
  /** Sends one item. Throws when it cannot be said whether or that it was stored. */
  readonly send: (item: Item) => Promise<Outcome>;
  /** Called with each item that was settled. */
  readonly settled: (item: Item, outcome: Outcome) => void;
}

/**
 * Sends all items, a few at a time. After the first failure, or when it is stopped, no further one is begun,
 * those under way are waited for, and a failure is thrown: what was settled until then was reported, so that
 * the rest can be sent again.
 */
export async function sendItems<Item>(items: readonly Item[], { send, settled, ...pace }: Sending<Item>): Promise<void> {
  let next = 0;
  let failure: { error: unknown } | undefined;
  async function work() {
    while (failure === undefined && !pace.stop.aborted && next < items.length) {
      const item = items[next] as Item;
      next += 1;
      try {
        settled(item, await withPauses(() => send(item), pace));
      } catch (error) {
        failure ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: CHANGES_AT_ONCE }, work));
  if (failure !== undefined) throw failure.error;
}
