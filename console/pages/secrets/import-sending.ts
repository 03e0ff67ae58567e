/** What an item came to. `taken`: somebody else has added or replaced a secret of that name meanwhile. */
export type Outcome = 'set' | 'taken';

export interface Sending<Item> {
  /** Sends one item. Throws when it cannot be said whether or that it was stored. */
  readonly send: (item: Item) => Promise<Outcome>;
  /** Called with each item that was settled. */
  readonly settled: (item: Item, outcome: Outcome) => void;
  /** Whether the server only asked for a pause. */
  readonly isPause: (error: unknown) => boolean;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Once it says so no further item is begun, and none is tried again. */
  readonly stop: AbortSignal;
}

/** The server does so many changes of one person at once. */
const AT_ONCE = 3;
const PAUSES = 8;
const PAUSE_MILLISECONDS = 1_000;

/**
 * Sends all items, a few at a time. After the first failure, or when it is stopped, no further one is begun,
 * those under way are waited for, and a failure is thrown: what was settled until then was reported, so that
 * the rest can be sent again.
 */
export async function sendItems<Item>(items: readonly Item[], { send, settled, isPause, wait, stop }: Sending<Item>): Promise<void> {
  let next = 0;
  let failure: { error: unknown } | undefined;
  async function work() {
    while (failure === undefined && !stop.aborted && next < items.length) {
      const item = items[next] as Item;
      next += 1;
      try {
        settled(item, await sendWithPauses(item));
      } catch (error) {
        failure ??= { error };
      }
    }
  }
  async function sendWithPauses(item: Item): Promise<Outcome> {
    for (let pause = 1; ; pause += 1) {
      try {
        return await send(item);
      } catch (error) {
        if (!isPause(error) || pause > PAUSES || stop.aborted) throw error;
        await wait(PAUSE_MILLISECONDS * pause);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failure !== undefined) throw failure.error;
}
