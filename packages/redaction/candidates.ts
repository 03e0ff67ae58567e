import { CORE_BYTES, CORE_CHARACTERS, type Core, type Cores } from './cores.ts';
import { mayBegin, mayGoOn } from './filter.ts';
import { CHARACTERS, ESCAPES, LONGEST_INDENTATION, LONGEST_READING_BYTES, readings } from './readings.ts';
import type { Search } from './walk.ts';

/** Where forms with this core may begin. */
export interface Candidate {
  readonly start: number;
  readonly core: Core;
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const HASH = 0x23;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/** What a core consists of: also the signs of a list. */
const IN_CORE = Uint8Array.from({ length: 256 }, (_, byte) =>
  CORE_CHARACTERS[byte] === 1 || ', :-'.includes(CHARACTERS[byte] as string) ? 1 : 0,
);
/** What `%41` may stand for, so that a core is read there: a part of it, a line's end, or another escape. */
const ESCAPED_IN_CORE = Uint8Array.from({ length: 256 }, (_, byte) =>
  CORE_CHARACTERS[byte] === 1 || [LINE_FEED, CARRIAGE_RETURN, PERCENT, AMPERSAND, BACKSLASH].includes(byte) ? 1 : 0,
);
const HEXADECIMAL = Int8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf((CHARACTERS[byte] as string).toLowerCase());
  return digit;
});

/** The last of an escape, or of an escaped backslash before its letter. */
const ENDS_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  ESCAPES[byte] === 1 || (HEXADECIMAL[byte] as number) >= 0 || ';}'.includes(CHARACTERS[byte] as string) ? 1 : 0,
);

/**
 * Every place at which a form that has a core may begin, so that the whole core is in the text: first the
 * bytes as they stand, four at a time; and where an escape may stand for a letter or digit, or a line ends,
 * what the four may be.
 */
export function candidatesIn(search: Search, cores: Cores): Candidate[] {
  const found: Candidate[] = [];
  const { text } = search;
  const { filter } = cores;
  const { bits, shift } = filter;
  let four = 0;
  for (let at = 0; at < text.length && search.steps >= 0; at++) {
    const byte = text[at] as number;
    if (ESCAPES[byte] === 1) {
      at = escapeAt(search, cores, byte, at, found);
      four = 0;
      continue;
    }
    four = (four << 8) | byte;
    // The same as `mayBegin`, where it is read for every byte.
    const place = Math.imul(four, 0x9e3779b1) >>> shift;
    if ((((bits[place >>> 5] as number) >>> (place & 31)) & 1) === 0) continue;
    const from = at - CORE_BYTES + 1;
    if (from < 0) continue;
    const next = isPlain(text, at + 1) ? fourAt(text, at + 1) : undefined;
    if (next !== undefined && !mayGoOn(filter, four, next)) continue;
    for (const core of cores.at(four)) {
      if (next === undefined || core.next === undefined || core.next === next) startsOf(search, core, from, found);
    }
  }
  return found;
}

function fourAt(text: Uint8Array, at: number): number {
  return ((text[at] as number) << 24) | ((text[at + 1] as number) << 16) | ((text[at + 2] as number) << 8) | (text[at + 3] as number);
}

/** Whether four bytes are there, as they stand. */
function isPlain(text: Uint8Array, at: number): boolean {
  if (at + CORE_BYTES > text.length) return false;
  for (let place = at; place < at + CORE_BYTES; place++) if (ESCAPES[text[place] as number] === 1) return false;
  return true;
}

/**
 * Looks for cores that are read through what begins here.
 *
 * @returns the last place that needs no other look.
 */
function escapeAt(search: Search, cores: Cores, byte: number, at: number, found: Candidate[]): number {
  const { text } = search;
  if (byte === PLUS) return at;
  if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
    let behind = at + 1;
    while (text[behind] === LINE_FEED || text[behind] === SPACE || text[behind] === TAB) behind += 1;
    const next = text[behind] ?? 0;
    if (CORE_CHARACTERS[next] === 1 || ESCAPES[next] === 1) throughEndOfLine(search, cores, at, found);
    return at;
  }
  if (byte === PERCENT) {
    if (isCoreBehindPercent(text, at + 1)) through(search, cores, at, found);
    return at;
  }
  if (byte === AMPERSAND) {
    if (isNumberBehind(text, at + 1)) through(search, cores, at, found);
    return at;
  }
  let end = at + 1;
  while (text[end] === BACKSLASH) end += 1;
  const behind = text[end] ?? 0;
  if (CORE_CHARACTERS[behind] === 0 && (ESCAPES[behind] === 0 || behind === PLUS)) return end - 1;
  if (behind === LINE_FEED || behind === CARRIAGE_RETURN || CHARACTERS[behind] === 'n' || CHARACTERS[behind] === 'r') {
    throughEndOfLine(search, cores, at, found);
    return end - 1;
  }
  through(search, cores, at, found);
  return at;
}

/** Whether what follows a percent sign may stand for a part of a core, or the end of a line within one. */
function isCoreBehindPercent(text: Uint8Array, at: number): boolean {
  const code = ((HEXADECIMAL[text[at] ?? 0] as number) << 4) | (HEXADECIMAL[text[at + 1] ?? 0] as number);
  if (code < 0 || ESCAPED_IN_CORE[code] === 0) return false;
  if (code === PERCENT) return isCoreBehindPercent(text, at + 2) || ESCAPES[text[at + 2] ?? 0] === 1;
  if (code === AMPERSAND) return isNumberBehind(text, at + 2);
  if (code === BACKSLASH) return CORE_CHARACTERS[text[at + 2] ?? 0] === 1 || ESCAPES[text[at + 2] ?? 0] === 1;
  return true;
}

/** Whether what follows an ampersand may be `#65;`, through `amp;` as often as one likes. */
function isNumberBehind(text: Uint8Array, at: number): boolean {
  let place = at;
  while (text[place] === 0x61 && text[place + 1] === 0x6d && text[place + 2] === 0x70) {
    place += 3;
    if (text[place] !== SEMICOLON) return ESCAPES[text[place] ?? 0] === 1;
    place += 1;
  }
  return text[place] === HASH || ESCAPES[text[place] ?? 0] === 1;
}

/** Cores that begin with the escape, or before it. */
function through(search: Search, cores: Cores, at: number, found: Candidate[]): void {
  fourFrom(search, cores, { from: at, place: at, four: 0, count: 0 }, found);
  throughEndOfLine(search, cores, at, found);
}

/** Cores that begin before a line's end, or an escape, and go on behind it. */
function throughEndOfLine(search: Search, cores: Cores, at: number, found: Candidate[]): void {
  if (at === 0 || IN_CORE[search.text[at - 1] as number] === 0) return;
  for (let from = at - 1; from > at - CORE_BYTES && from >= 0 && ESCAPES[search.text[from] as number] === 0; from--) {
    let four = 0;
    for (let place = from; place < at; place++) four = (four << 8) | (search.text[place] as number);
    fourFrom(search, cores, { from, place: at, four, count: at - from }, found);
  }
}

interface Begun {
  /** Where the core begins in the text, and how far it was read. */
  readonly from: number;
  readonly place: number;
  /** What it is so far, and how many bytes of it. */
  readonly four: number;
  readonly count: number;
}

function fourFrom(search: Search, cores: Cores, { from, place, four, count }: Begun, found: Candidate[]): void {
  if (count === CORE_BYTES) {
    if (mayBegin(cores.filter, four)) for (const core of cores.at(four)) startsOf(search, core, from, found);
    return;
  }
  if (place >= search.text.length || search.steps < 0) return;
  const ways = readings(search, place);
  search.steps -= ways.length / 4;
  for (const { bytes, end } of ways) {
    if (bytes.length === 1) {
      const byte = bytes.charCodeAt(0);
      if (IN_CORE[byte] === 1) fourFrom(search, cores, { from, place: end, four: (four << 8) | byte, count: count + 1 }, found);
    } else if (bytes === '' && count > 0) {
      fourFrom(search, cores, { from, place: end, four, count }, found);
    }
  }
}

/** Reads backwards from a core: where what stands before it in its forms begins. */
function startsOf(search: Search, core: Core, at: number, found: Candidate[]): void {
  const { prefix } = core;
  const states: Before[] = [];
  for (let state: Before | undefined = { place: at, left: prefix.length - CORE_BYTES }; state !== undefined; state = states.pop()) {
    search.steps -= 1;
    if (search.steps < 0) return;
    const { place, left } = asItStands(search.text, prefix, state, states, search);
    if (left === 0) found.push({ start: place, core });
  }
}

/** What is still to be read, backwards: so many bytes of a form, which end at a place of the text. */
interface Before {
  readonly place: number;
  readonly left: number;
}

/** Back as far as the text agrees; wherever an escape may end on the way, what stands before that waits. */
function asItStands(text: Uint8Array, prefix: string, { place, left }: Before, states: Before[], search: Search): Before {
  for (let at = place, rest = left; ; at -= 1, rest -= 1) {
    if (rest === 0) return { place: at, left: 0 };
    const reach = reachBefore(text, at);
    for (let begin = at - 1; begin >= at - reach && begin >= 0; begin -= 1) {
      if (ESCAPES[text[begin] as number] === 0) continue;
      for (const { bytes, end } of readings(search, begin)) {
        if (end === at && rest >= bytes.length && prefix.endsWith(bytes, rest)) wait(states, { place: begin, left: rest - bytes.length });
      }
    }
    const byte = text[at - 1];
    if (byte === undefined || ESCAPES[byte] === 1 || byte !== prefix.charCodeAt(rest - 1)) return { place: at, left: rest };
  }
}

function wait(states: Before[], state: Before): void {
  if (!states.some(({ place, left }) => place === state.place && left === state.left)) states.push(state);
}

/** How far before a place an escape may begin that ends there; 0 when none ends there. */
function reachBefore(text: Uint8Array, at: number): number {
  const last = text[at - 1] ?? 0;
  if (last === SPACE || last === TAB) return LONGEST_READING_BYTES;
  return ENDS_ESCAPE[last] === 1 || ENDS_ESCAPE[text[at - 2] ?? 0] === 1 ? LONGEST_READING_BYTES - LONGEST_INDENTATION : 0;
}
