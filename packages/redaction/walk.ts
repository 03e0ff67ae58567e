import { ENOUGH_BYTES } from './forms.ts';
import { follow, type Prefix, type SortedForms } from './pattern-index.ts';
import { ESCAPES, type EscapedText, readings } from './readings.ts';

/**
 * Work that a text is worth, for each byte of it and beside that: readings of escapes that agree with the
 * beginning of a form. No text that is not made to be slow comes near it.
 */
export const STEPS_PER_BYTE = 8;
export const STEPS_AT_LEAST = 200_000;

/** So many that wait cost as much as one reading. In a text that is not made to be slow, hardly any do. */
const WAITING_FOR_STEP = 16;

/** One pass over a text. */
export interface Search extends EscapedText {
  /** Whether nothing follows the text; else what its last bytes are may depend on what does. */
  readonly final: boolean;
  /** What is left of the work that the text is worth; below zero, what was found is not complete. */
  steps: number;
}

const NOTHING_YET: Prefix = { forms: [], low: 0, high: 0, length: 0 };

/** What the forms have in common with the text up to a place where an escape may begin. */
interface Waiting {
  readonly place: number;
  readonly prefix: Prefix;
}

/**
 * Where the longest form ends that begins at `at`; -1 when none does. All readings are followed side by side,
 * from one escape to the next. Whether the end of the text was reached meanwhile says `search.beyond`.
 */
export function longestAt(search: Search, forms: SortedForms, at: number): number {
  const byte = search.text[at] as number;
  if (ESCAPES[byte] === 0 && forms.beginning[byte]?.length === 0) return -1;
  const waiting: Waiting[] = [];
  let longest = -1;
  if (ESCAPES[byte] === 0) longest = read(search, forms, undefined, byte, at + 1, waiting);
  else waiting.push({ place: at, prefix: NOTHING_YET });
  while (waiting.length > 0 && search.steps >= 0) {
    const { place, prefix } = takeFirst(waiting);
    const ways = readings(search, place);
    if (prefix.length > 0) search.steps -= ways.length * (1 + waiting.length / WAITING_FOR_STEP);
    for (const { bytes, end } of ways) {
      if (bytes === '') {
        if (prefix.length > 0) longest = Math.max(longest, goOn(search, forms, prefix, end, waiting));
        continue;
      }
      let next: Prefix | undefined = prefix;
      for (let byte = 0; byte < bytes.length - 1 && next !== undefined; byte++) next = step(forms, next, bytes.charCodeAt(byte));
      if (next !== undefined) longest = Math.max(longest, read(search, forms, next, bytes.charCodeAt(bytes.length - 1), end, waiting));
    }
  }
  return longest;
}

function step(forms: SortedForms, prefix: Prefix | undefined, byte: number): Prefix | undefined {
  if (prefix !== undefined && prefix.length > 0) return follow(prefix, byte);
  const list = forms.beginning[byte] ?? [];
  return list.length === 0 ? undefined : { forms: list, low: 0, high: list.length, length: 1 };
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

/** What follows at `place`, of forms that were begun. */
function goOn(search: Search, forms: SortedForms, begun: Prefix, place: number, waiting: Waiting[]): number {
  const next = search.text[place];
  if (next === undefined) {
    search.beyond = true;
    return -1;
  }
  if (ESCAPES[next] === 0) return read(search, forms, begun, next, place + 1, waiting);
  wait(waiting, place, begun);
  return -1;
}

/**
 * Reads one byte more of the forms, and from `from` on as far as the text agrees with one and has no escape;
 * there it waits.
 *
 * @returns where the longest form ends that was passed, or was begun far enough; -1 when none was.
 */
function read(search: Search, forms: SortedForms, begun: Prefix | undefined, byte: number, from: number, waiting: Waiting[]): number {
  const { text } = search;
  let longest = -1;
  let prefix = step(forms, begun, byte);
  for (let place = from; prefix !== undefined; place++) {
    const { forms: sorted, low, high, length }: Prefix = prefix;
    const whole = sorted[low]?.length === length;
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
    prefix = follow(prefix, next);
  }
  return longest;
}

function wait(waiting: Waiting[], place: number, prefix: Prefix): void {
  const { forms, low, length } = prefix;
  for (const known of waiting) {
    if (known.place !== place) continue;
    if (known.prefix.forms === forms && known.prefix.low === low && known.prefix.length === length) return;
  }
  waiting.push({ place, prefix });
}
