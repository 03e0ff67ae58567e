import { SMALL_BYTES } from '../documents/small-documents.ts';
import type { ClaimedRun } from './claim-runs.ts';
import type { DocumentBytes } from './document-bytes.ts';
import type { ItemPlace } from './item-changes.ts';
import type { WaitingItem } from './items.ts';
import type { RunSession } from './run-session.ts';

/**
 * Items that are claimed before a worker is free: half of them is one statement, which also has the results
 * that have come meanwhile.
 */
const CLAIMED_AHEAD = 32;
/**
 * Of these, so many are read ahead when they are small; half of them together, since to wake a thread for
 * each takes longer than reading it.
 */
const READ_AHEAD = 16;

/** An item of which nobody else can begin an attempt now. */
export interface Claimed {
  readonly item: WaitingItem;
  readonly place: ItemPlace;
  readonly number: number;
  /** Its bytes, once they are being read ahead. */
  bytes?: Promise<DocumentBytes>;
}

/** An item that is being claimed before a worker is free; one that was tried before, when its turn comes. */
interface Ahead {
  readonly claiming: Promise<Claimed | WaitingItem | undefined>;
  read: boolean;
}

/** The items of a run, claimed before a worker is free for them. */
export interface ClaimedItems {
  /** The next item that waits; `undefined` when there is none, or the run is to stop. */
  next(): Promise<Claimed | undefined>;
  /** One that waits again after an attempt; `undefined` when somebody else has it, or it need not be done. */
  claim(item: WaitingItem): Promise<Claimed | undefined>;
  /** Whether all that waited was handed out, or need not be done: not before a worker asked for the first. */
  exhausted(): boolean;
  /** Those that nobody has taken wait again. */
  releaseAhead(): Promise<void>;
}

/**
 * Claims the items of a run ahead of the workers, and reads small documents. What was tried before is claimed
 * when a worker begins it, together with the results that were held: it may be what ends a data plane, and
 * what is done by then, or only claimed, is not to pass for that again and again.
 *
 * @param read the bytes of one.
 * @param isOver whether the run is to stop, so that nothing more is claimed.
 */
export function claimItems(
  { session, run, items }: { readonly session: RunSession; readonly run: ClaimedRun; readonly items: AsyncGenerator<WaitingItem> },
  read: (item: WaitingItem) => Promise<DocumentBytes>,
  isOver: () => boolean,
): ClaimedItems {
  async function claim(item: WaitingItem): Promise<Claimed | undefined> {
    const place = { organizationId: run.organizationId, runId: run.id, itemId: item.id };
    const number = await session.items.claim(place);
    return number === undefined ? undefined : { item, place, number };
  }

  /** Of a connector they are read when their turn comes: how many they are is known then. */
  function readAhead(claimed: Claimed | WaitingItem | undefined): void {
    if (claimed === undefined || !isClaimed(claimed) || claimed.item.size > SMALL_BYTES || claimed.item.reference !== null) return;
    claimed.bytes = read(claimed.item);
    // Publishing it meets the error.
    claimed.bytes.catch(() => undefined);
  }

  let exhausted = false;

  async function claimNext(): Promise<Claimed | WaitingItem | undefined> {
    while (!isOver()) {
      const { done, value: item } = await items.next();
      if (done === true) {
        exhausted = true;
        return undefined;
      }
      if (item.attempts > 0) return item;
      const claimed = await claim(item);
      if (claimed !== undefined) return claimed;
    }
    return undefined;
  }

  const ahead: Ahead[] = [];

  function fill(): void {
    if (ahead.length <= CLAIMED_AHEAD / 2) {
      while (ahead.length < CLAIMED_AHEAD) {
        const claiming = claimNext();
        // Met when its turn comes.
        claiming.catch(() => undefined);
        ahead.push({ claiming, read: false });
      }
    }
    if (ahead[READ_AHEAD / 2]?.read !== true) {
      for (const each of ahead.slice(0, READ_AHEAD)) {
        if (each.read) continue;
        each.read = true;
        void each.claiming.then(readAhead, () => undefined);
      }
    }
  }

  async function next(): Promise<Claimed | undefined> {
    for (;;) {
      fill();
      const found = await ahead.shift()?.claiming;
      if (found === undefined || isClaimed(found)) return found;
      const claimed = await claim(found);
      if (claimed !== undefined) return claimed;
    }
  }

  async function releaseAhead(): Promise<void> {
    const claimed = await Promise.all(ahead.map(({ claiming }) => claiming.catch(() => undefined)));
    await Promise.all(claimed.map((each) => each && isClaimed(each) && session.items.release(each.place)));
  }

  return { next, claim, exhausted: () => exhausted, releaseAhead };
}

function isClaimed(found: Claimed | WaitingItem): found is Claimed {
  return 'number' in found;
}
