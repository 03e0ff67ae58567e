import { ENOUGH_BYTES } from './cores.ts';
import type { Forms } from './pattern-index.ts';
import { ESCAPES, type EscapedText, readings } from './readings.ts';
import { type Branch, growLater, stepDown } from './tree.ts';

/**
 * Work that a text is worth, for each byte of it and beside that: readings of escapes that agree with the
 * beginning of a form, and bytes that do. No text that is not made to be slow comes near it.
 */
export const STEPS_PER_BYTE = 8;
export const STEPS_AT_LEAST = 200_000;

/** So many that wait cost as much as one reading. In a text that is not made to be slow, hardly any do. */
const WAITING_FOR_STEP = 16;
/** So many bytes that are compared cost as much, or that are only looked at for an escape. */
export const BYTES_FOR_STEP = 32;

/** An escape, and what it stands for, backwards. */
export interface EscapeBefore {
  readonly begin: number;
  readonly bytes: string;
}

/** One pass over a text. */
export interface Search extends EscapedText {
  /** Whether nothing follows the text; else what its last bytes are may depend on what does. */
  readonly final: boolean;
  /** Whether places may be passed over at which nothing is: else each is looked at, for tests. */
  readonly scans: boolean;
  /** What is left of the work that the text is worth; below zero, what was found is not complete. */
  steps: number;
  /** Escapes of a part of the text by the place where they end: to read backwards. */
  readonly escapes: {
    from: number;
    to: number;
    readonly byEnd: Map<number, EscapeBefore[]>;
    /** The last place at which one begins, of those before `lookedUpTo` that matter. */
    last: number;
    lookedUpTo: number;
  };
  /** Where {@link longestAt} found the last form. */
  ending: Branch | undefined;
}

/** What the forms have in common with the text up to a place where an escape may begin. */
interface Waiting {
  readonly place: number;
  /** So many of their bytes agree; they lead to this branch, or into it. */
  readonly branch: Branch;
  readonly length: number;
}

/**
 * Where the longest form ends that begins at `at`; -1 when none does. All readings are followed side by side,
 * from one escape to the next. Whether the end of the text was reached meanwhile says `search.beyond`, and
 * which form it is `search.ending`.
 */
export function longestAt(search: Search, { root }: Forms, at: number): number {
  const byte = search.text[at] as number;
  search.ending = undefined;
  if (ESCAPES[byte] === 0) {
    if (root.below?.has(byte) !== true) return -1;
    const waiting: Waiting[] = [];
    return goOnFrom(search, root, waiting, read(search, root, { branch: root, length: 0, place: at }, -1, waiting));
  }
  return goOnFrom(search, root, [{ place: at, branch: root, length: 0 }], -1);
}

/** Follows what waits, from one escape to the next. */
function goOnFrom(search: Search, root: Branch, waiting: Waiting[], found: number): number {
  let longest = found;
  while (waiting.length > 0 && search.steps >= 0) {
    const { place, branch, length } = takeFirst(waiting);
    const ways = readings(search, place);
    if (length > 0) search.steps -= ways.length * (1 + waiting.length / WAITING_FOR_STEP);
    for (const { bytes, end } of ways) {
      if (bytes === '') {
        // An end of a line, before which something has begun.
        if (length > 0) longest = read(search, root, { branch, length, place: end }, longest, waiting, FOLDED);
        continue;
      }
      const next = descend(root, branch, length, bytes);
      if (next !== undefined) longest = read(search, root, { branch: next, length: length + bytes.length, place: end }, longest, waiting);
    }
  }
  return longest;
}

/**
 * Where bytes lead from a branch of which `length` bytes are passed; `undefined` where no string goes on so.
 */
export function descend(root: Branch, from: Branch, length: number, bytes: string): Branch | undefined {
  let branch = from;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.charCodeAt(at);
    if (length + at === branch.end && branch.later !== undefined) growLater(root, branch);
    const next = stepDown(branch, length + at, byte);
    if (next === undefined) return undefined;
    branch = next;
  }
  return branch;
}

/** The one at the first place of the text, so that all that arrive at a place are there before it is read. */
function takeFirst(waiting: Waiting[]): Waiting {
  let first = waiting.length - 1;
  for (let each = first - 1; each >= 0; each--) if ((waiting[each]?.place ?? 0) < (waiting[first]?.place ?? 0)) first = each;
  const taken = waiting[first] as Waiting;
  waiting[first] = waiting[waiting.length - 1] as Waiting;
  waiting.length -= 1;
  return taken;
}

/** Of {@link read}: begin behind an end of a line that stands for nothing. */
const FOLDED = 1;

/**
 * Follows the forms as far as the text agrees with one and has no escape; there it waits.
 *
 * @returns where the longest form ends that was passed, or was begun far enough, if that is behind `found`.
 */
function read(search: Search, root: Branch, from: Waiting, found: number, waiting: Waiting[], passed = 0): number {
  const { text } = search;
  let { branch, length, place } = from;
  // What stands for nothing is no part of a form that ends before it.
  const counts = place + passed;
  let longest = found;
  for (; ; place += 1, length += 1) {
    if (length === branch.end) {
      if (branch.later !== undefined) growLater(root, branch);
      if ((branch.ends > 0 || length >= ENOUGH_BYTES) && place > longest && place >= counts) longest = reached(search, place, branch);
      if (branch.below === undefined) break;
    } else if (length >= ENOUGH_BYTES && place > longest && place >= counts) {
      longest = reached(search, place, branch);
    }
    const byte = text[place];
    if (byte === undefined) {
      search.beyond = true;
      break;
    }
    if (ESCAPES[byte] === 1) {
      wait(waiting, { place, branch, length });
      break;
    }
    const next = stepDown(branch, length, byte);
    if (next === undefined) break;
    branch = next;
  }
  search.steps -= (place - from.place) / BYTES_FOR_STEP;
  return longest;
}

function reached(search: Search, place: number, branch: Branch): number {
  search.ending = branch;
  return place;
}

function wait(waiting: Waiting[], { place, branch, length }: Waiting): void {
  if (!waiting.some((known) => known.place === place && known.branch === branch && known.length === length)) {
    waiting.push({ place, branch, length });
  }
}
