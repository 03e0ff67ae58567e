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
  if (index.begins[byte] === 0 && ESCAPES[byte] === 0) return undefined;
  search.beyond = false;
  const end = longestAt(search, index.forms, at);
  if (search.steps < 0) return { kind: 'exhausted', at };
  if (search.beyond && !search.final) return { kind: 'end', at };
  return end === undefined ? undefined : { kind: 'value', start: at, end };
}

/** Prefixes that wait at places of the text where an escape may begin, by place. */
type Waiting = Map<number, Prefix[]>;

/**
 * Where the longest form ends that begins at `at`. All readings are followed side by side, from one escape to
 * the next.
 */
function longestAt(search: Search, forms: readonly string[], at: number): number | undefined {
  const waiting: Waiting = new Map();
  let longest = followPlain(search, forms, { low: 0, high: forms.length, length: 0 }, at, waiting);
  while (waiting.size > 0 && search.steps >= 0) {
    const place = waiting.size === 1 ? (waiting.keys().next().value as number) : Math.min(...waiting.keys());
    const prefixes = waiting.get(place) ?? [];
    waiting.delete(place);
    const ways = readings(search, place);
    for (const prefix of prefixes) {
      if (prefix.length > 0) search.steps -= ways.length;
      for (const { bytes, end } of ways) {
        let next: Prefix | undefined = prefix;
        for (let byte = 0; byte < bytes.length && next !== undefined; byte++) {
          next = follow(forms, next, bytes.charCodeAt(byte));
          if (next !== undefined && byte === bytes.length - 1) longest = Math.max(longest, followPlain(search, forms, next, end, waiting));
        }
      }
    }
  }
  return longest < 0 ? undefined : longest;
}

/**
 * From a place as far as the text agrees with a form and has no escape; there the prefix waits.
 *
 * @returns where the longest form ends that was passed, or was begun far enough; -1 when none was.
 */
function followPlain(search: Search, forms: readonly string[], begun: Prefix, from: number, waiting: Waiting): number {
  const { text } = search;
  let longest = -1;
  let prefix: Prefix | undefined = begun;
  for (let place = from; ; place++) {
    const { low, high, length }: Prefix = prefix;
    const whole = forms[low]?.length === length;
    if (whole || length >= ENOUGH_BYTES) longest = place;
    if (whole && high - low === 1) return longest;
    const byte = text[place];
    if (byte === undefined) {
      search.beyond = true;
      return longest;
    }
    if (ESCAPES[byte] === 1) {
      wait(waiting, place, prefix);
      return longest;
    }
    prefix = follow(forms, prefix, byte);
    if (prefix === undefined) return longest;
  }
}

function wait(waiting: Waiting, place: number, prefix: Prefix): void {
  const prefixes = waiting.get(place);
  if (prefixes === undefined) waiting.set(place, [prefix]);
  else if (!prefixes.some(({ low, length }) => low === prefix.low && length === prefix.length)) prefixes.push(prefix);
}
