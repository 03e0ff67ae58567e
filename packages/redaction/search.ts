import { hashOf } from './filter.ts';
import { follow, type PatternIndex, type Prefix } from './pattern-index.ts';
import { ESCAPES, type EscapedText, readings } from './readings.ts';

/** So much of the beginning of a form is found also when the rest does not follow: it was cut off. */
const ENOUGH_BYTES = 64;
/** Bytes of a text that the filter looks at, together and half by half. */
const WINDOW_BYTES = 8;
const HALF_WINDOW_BYTES = 4;

/**
 * Work that a text is worth, for each byte of it and beside that: readings of escapes that agree with the
 * beginning of a form. No text that is not made to be slow comes near it.
 */
export const STEPS_PER_BYTE = 8;
export const STEPS_AT_LEAST = 200_000;

/** So many that wait cost as much as one reading. In a text that is not made to be slow, hardly any do. */
const WAITING_FOR_STEP = 16;

/** One pass over a text from its beginning to its end. */
export interface Search extends EscapedText {
  /** Whether nothing follows the text; else what its last bytes are may depend on what does. */
  readonly final: boolean;
  /** What is left of the work that the text is worth. */
  steps: number;
}

/** What comes next in a text. */
export type Found =
  | { readonly kind: 'value'; readonly start: number; readonly end: number }
  /** Up to here there is no further value. What follows needs more of the text to say; nothing, if final. */
  | { readonly kind: 'end'; readonly at: number }
  /** From here on the search would take too long. */
  | { readonly kind: 'exhausted'; readonly at: number };

/**
 * @param steps work that the text is worth: {@link STEPS_AT_LEAST}, and {@link STEPS_PER_BYTE} for each byte.
 */
export function createSearch(text: Uint8Array, { final, steps }: { final: boolean; steps: number }): Search {
  return { text, known: new Map(), beyond: false, final, steps };
}

/** The first value at `from` or behind it, and of those that begin there the longest. */
export function findNext(search: Search, index: PatternIndex, from: number): Found {
  const { text, final } = search;
  const { first, second, shift } = index.filter;
  const length = text.length;
  const wholeWindows = length - HALF_WINDOW_BYTES + 1;
  let four = 0;
  // An escape stands here, or not far ahead of where we are: a form may begin in a way that the filter does
  // not know.
  let escapeAt = -1;
  for (let at = from; at < Math.min(length, from + HALF_WINDOW_BYTES - 1); at++) {
    four = (four << 8) | (text[at] as number);
    if (ESCAPES[text[at] as number] === 1) escapeAt = at;
  }
  for (let at = from; at < wholeWindows; at++) {
    const byte = text[at + HALF_WINDOW_BYTES - 1] as number;
    four = (four << 8) | byte;
    if (ESCAPES[byte] === 1) escapeAt = at + HALF_WINDOW_BYTES - 1;
    if (escapeAt < at) {
      if (first[hashOf(four, shift)] === 0) continue;
      if (second[hashOf(four ^ nextHash(text, at + HALF_WINDOW_BYTES), shift)] === 0 && isPlainWindow(text, at)) continue;
    }
    const found = valueAt(search, index, at);
    if (found !== undefined) return found;
  }
  if (final) return { kind: 'end', at: length };
  for (let at = Math.max(from, wholeWindows); at < length; at++) {
    const found = valueAt(search, index, at);
    if (found !== undefined) return found;
  }
  return { kind: 'end', at: length };
}

function nextHash(text: Uint8Array, at: number): number {
  const four = ((text[at] as number) << 24) | ((text[at + 1] as number) << 16) | ((text[at + 2] as number) << 8) | (text[at + 3] as number);
  return hashOf(four, 0);
}

/** Whether the filter can say something of the second half of the window: it is there, and as it stands. */
function isPlainWindow(text: Uint8Array, at: number): boolean {
  const end = at + WINDOW_BYTES;
  if (end > text.length) return false;
  for (let place = at + HALF_WINDOW_BYTES; place < end; place++) if (ESCAPES[text[place] as number] === 1) return false;
  return true;
}

/** What begins at one place; `undefined` when no value does, whatever follows the text. */
function valueAt(search: Search, index: PatternIndex, at: number): Found | undefined {
  const byte = search.text[at] as number;
  if (ESCAPES[byte] === 0 && index.begins[byte] === index.begins[byte + 1]) return undefined;
  search.beyond = false;
  const end = longestAt(search, index, at);
  if (search.steps < 0) return { kind: 'exhausted', at };
  if (search.beyond && !search.final) return { kind: 'end', at };
  return end < 0 ? undefined : { kind: 'value', start: at, end };
}

/** What the forms have in common with the text up to a place where an escape may begin. */
interface Waiting {
  readonly place: number;
  readonly prefix: Prefix;
}

/**
 * Where the longest form ends that begins at `at`; -1 when none does. All readings are followed side by side,
 * from one escape to the next.
 */
function longestAt(search: Search, index: PatternIndex, at: number): number {
  const waiting: Waiting[] = [];
  let longest = -1;
  if (ESCAPES[search.text[at] as number] === 0) longest = read(search, index, undefined, search.text[at] as number, at + 1, waiting);
  else waiting.push({ place: at, prefix: { low: 0, high: index.forms.length, length: 0 } });
  while (waiting.length > 0 && search.steps >= 0) {
    const { place, prefix } = takeFirst(waiting);
    const ways = readings(search, place);
    if (prefix.length > 0) search.steps -= ways.length * (1 + waiting.length / WAITING_FOR_STEP);
    for (const { bytes, end } of ways) {
      let next: Prefix | undefined = prefix;
      for (let byte = 0; byte < bytes.length - 1 && next !== undefined; byte++) next = step(index, next, bytes.charCodeAt(byte));
      if (next !== undefined) longest = Math.max(longest, read(search, index, next, bytes.charCodeAt(bytes.length - 1), end, waiting));
    }
  }
  return longest;
}

function step(index: PatternIndex, prefix: Prefix | undefined, byte: number): Prefix | undefined {
  if (prefix !== undefined && prefix.length > 0) return follow(index.forms, prefix, byte);
  const low = index.begins[byte] as number;
  const high = index.begins[byte + 1] as number;
  return low === high ? undefined : { low, high, length: 1 };
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

/**
 * Reads one byte more of the forms, and from `from` on as far as the text agrees with one and has no escape;
 * there it waits.
 *
 * @returns where the longest form ends that was passed, or was begun far enough; -1 when none was.
 */
function read(search: Search, index: PatternIndex, begun: Prefix | undefined, byte: number, from: number, waiting: Waiting[]): number {
  const { text } = search;
  const { forms } = index;
  let longest = -1;
  let prefix = step(index, begun, byte);
  for (let place = from; prefix !== undefined; place++) {
    const { low, high, length }: Prefix = prefix;
    const whole = forms[low]?.length === length;
    if (whole || length >= ENOUGH_BYTES) longest = place;
    if (whole && high - low === 1) return longest;
    const next = text[place];
    if (next === undefined) {
      search.beyond = true;
      return longest;
    }
    if (ESCAPES[next] === 1) {
      wait(waiting, place, prefix);
      return longest;
    }
    prefix = follow(forms, prefix, next);
  }
  return longest;
}

function wait(waiting: Waiting[], place: number, prefix: Prefix): void {
  for (const known of waiting) {
    if (known.place === place && known.prefix.low === prefix.low && known.prefix.length === prefix.length) return;
  }
  waiting.push({ place, prefix });
}
