import { candidatesIn } from './candidates.ts';
import { ENOUGH_BYTES } from './cores.ts';
import { mayContinueWith, mayStartWith, uint32At } from './filter.ts';
import type { Forms, PatternIndex } from './pattern-index.ts';
import { ESCAPES, LONGEST_READING_BYTES, readings } from './readings.ts';
import type { Branch } from './tree.ts';
import { longestAt, type Search } from './walk.ts';

/** A place of the text where values stand, one or several that overlap. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is in a text. */
export interface Found {
  readonly values: readonly Span[];
  /**
   * Up to here there is nothing else. What follows needs more of the text to say; nothing, if it is final.
   */
  readonly decided: number;
  /** Whether the search ended there because it would take too long. */
  readonly exhausted: boolean;
}

export interface SearchOptions extends Pick<Search, 'final'> {
  /** Work that the text is worth: `STEPS_AT_LEAST`, and `STEPS_PER_BYTE` for each byte. */
  readonly steps: number;
  /** By default. */
  readonly scans?: boolean;
}

/** A pass over a text, which has found nothing yet. */
export function createSearch(text: Uint8Array, { final, steps, scans = true }: SearchOptions): Search {
  const escapes = { from: 0, to: 0, byEnd: new Map(), last: -1, lookedUpTo: 0 };
  return { text, known: new Map(), beyond: false, final, scans, steps, escapes, ending: undefined };
}

/** All values in a text; of those that begin at one place the longest. */
export function findValues(search: Search, index: PatternIndex): Found {
  const found: Found[] = [];
  if (index.coreless.size > 0) found.push(everywhere(search, index.coreless));
  if (index.cores.size > 0) found.push(atCores(search, index));
  const exhausted = search.steps < 0;
  const values = merged(found.flatMap((each) => each.values));
  const decided = Math.min(search.text.length, ...found.map((each) => each.decided));
  // What is not decided may begin in a value that is: then both are looked at once more.
  const across = values.find(({ start, end }) => start < decided && end > decided);
  const certain = exhausted ? decided : (across?.start ?? decided);
  return { values: values.filter(({ start }) => start < certain), decided: certain, exhausted };
}

function merged(spans: readonly Span[]): Span[] {
  const all: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else all.push({ start, end });
  }
  return all;
}

/** Forms that have a core: where it stands, and at the end of a text whose rest is to come. */
function atCores(search: Search, { all, cores }: PatternIndex): Found {
  const { text } = search;
  const values: Span[] = [];
  const candidates: { start: number; core?: Branch }[] = candidatesIn(search, cores);
  if (search.steps < 0) return { values, decided: 0, exhausted: true };
  if (!search.final) candidates.push(...startsWithoutCore(search, all));
  candidates.sort((a, b) => a.start - b.start);
  let tried = -1;
  let last: { end: number; core?: Branch | undefined; form?: Branch | undefined } = { end: 0 };
  for (const { start, core } of candidates) {
    const inside = start < last.end && core !== undefined && core === last.core;
    // A value that repeats itself is no second one within itself.
    if (start === tried || (inside && core.ends === 1)) continue;
    tried = start;
    search.beyond = false;
    const end = longestAt(search, all, start);
    if (search.steps < 0 || (search.beyond && !search.final)) return { values, decided: start, exhausted: search.steps < 0 };
    // What begins without a core was only asked whether it goes on: what has none at all is found elsewhere.
    if (end < 0 || core === undefined || (inside && search.ending === last.form)) continue;
    values.push({ start, end });
    if (end > last.end) last = { end, core, form: search.ending };
  }
  return { values, decided: text.length, exhausted: false };
}

/** Places so near to the end that a form may begin there whose core is still to come. */
function startsWithoutCore(search: Search, { root }: Forms): { start: number }[] {
  const { text } = search;
  const starts: { start: number }[] = [];
  // The fewest bytes that can be read from a place to the end of the text, by how far it is from there.
  const fewest = [0];
  let enough = 0;
  for (let left = 1; left <= text.length && enough < LONGEST_READING_BYTES; left += 1) {
    const at = text.length - left;
    const byte = text[at] as number;
    let bytes = (fewest[left - 1] as number) + 1;
    if (ESCAPES[byte] === 1) {
      search.beyond = false;
      const ways = readings(search, at);
      bytes = search.beyond ? 0 : Math.min(...ways.map((reading) => reading.bytes.length + (fewest[text.length - reading.end] ?? 0)));
    }
    fewest.push(bytes);
    enough = bytes >= ENOUGH_BYTES ? enough + 1 : 0;
    if (bytes < ENOUGH_BYTES && (ESCAPES[byte] === 1 || root.below?.has(byte) === true)) starts.push({ start: at });
  }
  return starts;
}

/** Bytes that the filter looks at, together and half by half. */
const WINDOW_BYTES = 8;
const HALF_WINDOW_BYTES = 4;

/** Forms without a core: at every place, but where the filter says that none begins. */
function everywhere(search: Search, forms: PatternIndex['coreless']): Found {
  const { text } = search;
  const { filter } = forms;
  const values: Span[] = [];
  let four = 0;
  // An escape stands here, or not far ahead: a form may begin in a way that the filter does not know.
  let escapeAt = -1;
  for (let at = 0; at < Math.min(text.length, HALF_WINDOW_BYTES - 1); at++) {
    four = (four >>> 8) | ((text[at] as number) << 24);
    if (ESCAPES[text[at] as number] === 1) escapeAt = at;
  }
  let last: { end: number; form?: Branch | undefined } = { end: 0 };
  for (let at = 0; at < text.length; at++) {
    const ahead = at + HALF_WINDOW_BYTES - 1;
    if (ahead < text.length) {
      const byte = text[ahead] as number;
      four = (four >>> 8) | (byte << 24);
      if (ESCAPES[byte] === 1) escapeAt = ahead;
      if (escapeAt < at) {
        if (!mayStartWith(filter, four)) continue;
        if (isPlainWindow(text, at) && !mayContinueWith(filter, four, uint32At(text, at + HALF_WINDOW_BYTES))) continue;
      }
    } else if (search.final) {
      continue;
    }
    search.beyond = false;
    const end = longestAt(search, forms, at);
    if (search.steps < 0 || (search.beyond && !search.final)) return { values, decided: at, exhausted: search.steps < 0 };
    // A value that repeats itself is no second one within itself.
    if (end < 0 || (at < last.end && search.ending === last.form)) continue;
    values.push({ start: at, end });
    if (end > last.end) last = { end, form: search.ending };
  }
  return { values, decided: text.length, exhausted: false };
}

/** Whether the filter can say something of the second half of the window: it is there, and as it stands. */
function isPlainWindow(text: Uint8Array, at: number): boolean {
  const end = at + WINDOW_BYTES;
  if (end > text.length) return false;
  for (let place = at + HALF_WINDOW_BYTES; place < end; place++) if (ESCAPES[text[place] as number] === 1) return false;
  return true;
}
