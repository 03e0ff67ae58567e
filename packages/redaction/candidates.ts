import { CORE_BYTES, CORE_CHARACTERS, ENOUGH_BYTES } from './cores.ts';
import { fourAt, mayBegin, mayGoOn } from './filter.ts';
import type { PatternIndex } from './pattern-index.ts';
import { CHARACTERS, DEPTH, ESCAPES, LONGEST_INDENTATION, LONGEST_READING_BYTES, readings } from './readings.ts';
import { type Classes, SCANNED_AT_LEAST_BYTES, startScan } from './scan.ts';
import type { Branch } from './tree.ts';
import { BYTES_FOR_STEP, descend, type EscapeBefore, type Search } from './walk.ts';

type Cores = PatternIndex['cores'];

const NO_ESCAPES: readonly EscapeBefore[] = [];

/** Where forms may begin that have the same bytes up to the end of their core. */
export interface Candidate {
  readonly start: number;
  /** Where these bytes end, backwards. */
  readonly core: Branch;
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
const LETTER_U = 0x75;
const LETTER_X = 0x78;
/**
 * Of backslashes before what they escape: as many as the encodings inside one another that are read make, and
 * more.
 */
const LONGEST_RUN = 2 ** (DEPTH + 1);
/** Of HTML, with zeros in front. */
const LONGEST_NUMBER = 13;

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

const CLASSES: Classes = { inCore: IN_CORE, escapedInCore: ESCAPED_IN_CORE, hexadecimal: HEXADECIMAL };

/** The last of an escape, or of an escaped backslash before its letter. */
const ENDS_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  ESCAPES[byte] === 1 || (HEXADECIMAL[byte] as number) >= 0 || ';}'.includes(CHARACTERS[byte] as string) ? 1 : 0,
);

/** What was read last through escapes of one letter or digit, and as it stands beside them. */
interface Decoded {
  /** The last four bytes, the first one lowest. */
  four: number;
  /** Where the last one began, and the three before it. */
  first: number;
  second: number;
  third: number;
  fourth: number;
  /** So many bytes more, and no escape is among the last four. */
  apart: number;
  /** What is before this place is read. */
  end: number;
}

/**
 * Every place at which a form that has a core may begin, so that the whole core is in the text: four bytes at
 * a time as they stand, four at a time as escapes read that stand for one letter or digit and nothing else;
 * and where another escape may stand for a letter or digit, or a line ends, what the four may be. What the
 * scan passes over is not looked at.
 */
export function candidatesIn(search: Search, cores: Cores): Candidate[] {
  const found: Candidate[] = [];
  const { text } = search;
  const { filter } = cores;
  const { bits, shift } = filter;
  const scan = search.scans && text.length >= SCANNED_AT_LEAST_BYTES ? startScan(text, filter, CLASSES) : undefined;
  // Places before this one are looked at.
  let scanned = 0;
  const decoded: Decoded = { four: 0, first: -1, second: -1, third: -1, fourth: -1, apart: 0, end: 0 };
  let four = 0;
  for (let at = 0; at < text.length && search.steps >= 0; at++) {
    if (scan !== undefined && at >= scanned && decoded.apart === 0) {
      const place = scan(at);
      if (place > at) {
        at = place;
        four = threeBefore(text, at);
      }
      scanned = place + CORE_BYTES;
    }
    const byte = text[at] as number;
    if (ESCAPES[byte] === 1) {
      const simple = simpleEscape(text, byte, at);
      if (simple < 0) {
        at = escapeAt(search, cores, byte, { at, decoded }, found);
        decoded.apart = 0;
      } else {
        if (decoded.apart === 0) startDecoding(decoded, text, at);
        decoded.end = at + (simple >>> 8);
        decode(decoded, simple & 0xff, at, CORE_BYTES);
        coreAt(search, cores, decoded.four, decoded.fourth, decoded.end, found);
      }
      four = 0;
      continue;
    }
    if (decoded.apart > 0 && at >= decoded.end) {
      decode(decoded, byte, at, decoded.apart - 1);
      if (decoded.apart > 0) coreAt(search, cores, decoded.four, decoded.fourth, at + 1, found);
    }
    four = (four >>> 8) | (byte << 24);
    // The same as `mayBegin`, where it is read for every byte.
    const place = Math.imul(four, 0x9e3779b1) >>> shift;
    if ((((bits[place >>> 5] as number) >>> (place & 31)) & 1) === 0) continue;
    coreAt(search, cores, four, at - CORE_BYTES + 1, at + 1, found);
  }
  return found;
}

/** As `candidatesIn` has them at a place: the three bytes before it, and room for the fourth. */
function threeBefore(text: Uint8Array, at: number): number {
  return ((text[at - 3] ?? 0) << 8) | ((text[at - 2] ?? 0) << 16) | ((text[at - 1] ?? 0) << 24);
}

/** Four bytes that begin at a place and end at another: whether they are a core, and of which forms. */
function coreAt(search: Search, cores: Cores, four: number, from: number, end: number, found: Candidate[]): void {
  if (from < 0 || !mayBegin(cores.filter, four)) return;
  const next = isPlain(search.text, end) ? fourAt(search.text, end) : undefined;
  if (next === undefined || mayGoOn(cores.filter, four, next)) startsOf(search, cores, { four, from }, found);
}

/** With the bytes before a place that stand there as they are. */
function startDecoding(decoded: Decoded, text: Uint8Array, at: number): void {
  decoded.first = decoded.second = decoded.third = -1;
  for (let place = Math.max(0, at - CORE_BYTES + 1); place < at; place += 1) {
    const byte = text[place] as number;
    if (ESCAPES[byte] === 1) decoded.first = decoded.second = decoded.third = -1;
    else decode(decoded, byte, place, 0);
  }
}

function decode(decoded: Decoded, byte: number, from: number, apart: number): void {
  decoded.four = (decoded.four >>> 8) | (byte << 24);
  decoded.fourth = decoded.third;
  decoded.third = decoded.second;
  decoded.second = decoded.first;
  decoded.first = from;
  decoded.apart = apart;
}

/**
 * The letter or digit that is all that an escape may stand for (`%41`, `&#65;`, `\u0041`), and how many bytes
 * it is written with, as bits above it; -1 of any other.
 */
function simpleEscape(text: Uint8Array, byte: number, at: number): number {
  let code = -1;
  let length = 0;
  if (byte === PERCENT) {
    code = hexadecimalAt(text, at + 1, 2);
    length = 3;
  } else if (byte === BACKSLASH) {
    const letter = (text[at + 1] ?? 0) | 0x20;
    if (letter !== LETTER_U && letter !== LETTER_X) return -1;
    code = hexadecimalAt(text, at + 2, letter === LETTER_U ? 4 : 2);
    length = letter === LETTER_U ? 6 : 4;
  } else if (byte === AMPERSAND && text[at + 1] === HASH) {
    const number = numberAt(text, at + 2);
    if (text[number.end] !== SEMICOLON) return -1;
    code = number.code;
    length = number.end + 1 - at;
  }
  return code >= 0 && code <= 0xff && CORE_CHARACTERS[code] === 1 ? (length << 8) | code : -1;
}

/** So many hexadecimal digits as a number; negative when they are not there. */
function hexadecimalAt(text: Uint8Array, at: number, digits: number): number {
  let code = 0;
  for (let place = at; place < at + digits; place += 1) {
    const digit = digitAt(text, place);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

/** Of HTML, behind `&#`. One that is greater than a byte is read no further. */
function numberAt(text: Uint8Array, at: number): { code: number; end: number } {
  const hexadecimal = ((text[at] ?? 0) | 0x20) === LETTER_X;
  const base = hexadecimal ? 16 : 10;
  let end = hexadecimal ? at + 1 : at;
  const most = end + LONGEST_NUMBER;
  let code = 0;
  for (let digit = digitAt(text, end); digit >= 0 && digit < base && code <= 0xff && end < most; digit = digitAt(text, end)) {
    code = code * base + digit;
    end += 1;
  }
  return { code, end };
}

function digitAt(text: Uint8Array, at: number): number {
  return HEXADECIMAL[text[at] ?? 0] as number;
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
function escapeAt(search: Search, cores: Cores, byte: number, escaped: Escaped, found: Candidate[]): number {
  const { text } = search;
  const { at } = escaped;
  if (byte === PLUS) return at;
  if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
    let behind = at + 1;
    const most = behind + LONGEST_INDENTATION;
    while (behind < most && (text[behind] === LINE_FEED || text[behind] === SPACE || text[behind] === TAB)) behind += 1;
    if (behind === most) throughEndOfLine(search, cores, escaped, found);
    const next = text[behind] ?? 0;
    if (CORE_CHARACTERS[next] === 1 || ESCAPES[next] === 1) throughEndOfLine(search, cores, escaped, found);
    return at;
  }
  if (byte === PERCENT) {
    if (isCoreBehindPercent(text, at + 1)) through(search, cores, escaped, found);
    return at;
  }
  if (byte === AMPERSAND) {
    if (isNumberBehind(text, at + 1)) through(search, cores, escaped, found);
    return at;
  }
  let end = at + 1;
  while (text[end] === BACKSLASH) end += 1;
  // The last of them alone may be escaped themselves.
  if (end - at > LONGEST_RUN) return end - LONGEST_RUN - 1;
  const behind = text[end] ?? 0;
  if (CORE_CHARACTERS[behind] === 0 && (ESCAPES[behind] === 0 || behind === PLUS)) return end - 1;
  if (behind === LINE_FEED || behind === CARRIAGE_RETURN || CHARACTERS[behind] === 'n' || CHARACTERS[behind] === 'r') {
    throughEndOfLine(search, cores, escaped, found);
    return end - 1;
  }
  const letter = behind | 0x20;
  if (letter === LETTER_U && !isCoreUnit(text, end + 1, 4)) return end - 1;
  if (letter === LETTER_X && !isCoreUnit(text, end + 1, 2)) return end - 1;
  through(search, cores, escaped, found);
  return at;
}

/** Whether what follows a percent sign may stand for a part of a core, or the end of a line within one. */
function isCoreBehindPercent(text: Uint8Array, at: number, depth = DEPTH): boolean {
  if (depth === 0) return false;
  const code = ((HEXADECIMAL[text[at] ?? 0] as number) << 4) | (HEXADECIMAL[text[at + 1] ?? 0] as number);
  if (code < 0 || ESCAPED_IN_CORE[code] === 0) return false;
  if (code === PERCENT) return isCoreBehindPercent(text, at + 2, depth - 1) || ESCAPES[text[at + 2] ?? 0] === 1;
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
  return text[place] === HASH ? isCoreNumber(text, place + 1) : ESCAPES[text[place] ?? 0] === 1;
}

/** Whether what follows `&#` may be the number of a part of a core, of a line's end or of another escape. */
function isCoreNumber(text: Uint8Array, at: number): boolean {
  const { code, end } = numberAt(text, at);
  if (code > 0xff) return false;
  const behind = text[end] ?? SEMICOLON;
  return behind === SEMICOLON ? ESCAPED_IN_CORE[code] === 1 : ESCAPES[behind] === 1;
}

/** The same of what follows the backslash before `u` or `x`, where so many digits do. */
function isCoreUnit(text: Uint8Array, at: number, digits: number): boolean {
  const code = hexadecimalAt(text, at, digits);
  return code < 0 || (code <= 0xff && ESCAPED_IN_CORE[code] === 1);
}

/** Cores that begin with the escape, or before it. */
function through(search: Search, cores: Cores, escaped: Escaped, found: Candidate[]): void {
  fourFrom(search, cores, { from: escaped.at, place: escaped.at, four: 0, count: 0 }, found);
  throughEndOfLine(search, cores, escaped, found);
}

/** Cores that begin before a line's end, or an escape, and go on behind it. */
function throughEndOfLine(search: Search, cores: Cores, { at, decoded }: Escaped, found: Candidate[]): void {
  const { text } = search;
  let four = 0;
  for (let count = 1; count < CORE_BYTES && at - count >= 0; count += 1) {
    const byte = text[at - count] as number;
    if (ESCAPES[byte] === 1 || IN_CORE[byte] === 0) break;
    four = (four << 8) | byte;
    fourFrom(search, cores, { from: at - count, place: at, four, count }, found);
  }
  if (decoded.apart === 0 || at < decoded.end) return;
  const places = [decoded.first, decoded.second, decoded.third];
  for (const [place, from] of places.entries()) {
    const before = decoded.four >>> (8 * (CORE_BYTES - 1 - place));
    if (from >= 0) fourFrom(search, cores, { from, place: at, four: before, count: place + 1 }, found);
  }
}

/** An escape, and what was read before it. */
interface Escaped {
  readonly at: number;
  readonly decoded: Readonly<Decoded>;
}

interface Begun {
  /** Where the core begins in the text, and how far it was read. */
  readonly from: number;
  readonly place: number;
  /** What it is so far, and how many bytes of it. */
  readonly four: number;
  readonly count: number;
}

/** Every way to read on until it is a core. A text may have any number of ends of lines in a row. */
function fourFrom(search: Search, cores: Cores, from: Begun, found: Candidate[]): void {
  const waiting = [from];
  for (let begun = waiting.pop(); begun !== undefined && search.steps >= 0; begun = waiting.pop()) {
    const { from, place, four, count } = begun;
    if (count === CORE_BYTES) {
      if (mayBegin(cores.filter, four)) startsOf(search, cores, { four, from }, found);
      continue;
    }
    if (place >= search.text.length) continue;
    const ways = readings(search, place);
    search.steps -= ways.length;
    for (const { bytes, end } of ways) {
      if (bytes.length === 1) {
        const byte = bytes.charCodeAt(0);
        if (IN_CORE[byte] === 1) waiting.push({ from, place: end, four: four | (byte << (8 * count)), count: count + 1 });
      } else if (bytes === '' && count > 0) {
        waiting.push({ from, place: end, four, count });
      }
    }
  }
}

/** A core in the text. */
interface Found {
  readonly four: number;
  readonly from: number;
}

/** Reads backwards from a core: where what stands before it in the forms that have it begins. */
function startsOf(search: Search, { before }: Cores, { four, from }: Found, found: Candidate[]): void {
  search.steps -= 1;
  const core = descend(before, before, 0, backwards(four));
  if (core === undefined) return;
  const lastEscape = lastEscapeBefore(search, from);
  const states: Before[] = [{ place: from, branch: core, length: CORE_BYTES }];
  for (let state = states.pop(); state !== undefined && search.steps >= 0; state = states.pop()) {
    search.steps -= 1 / 4;
    asItStands(search, before, state, { lastEscape, states, found });
  }
}

/** The last place before a core at which an escape begins, as far as it matters; -1 where none is so near. */
function lastEscapeBefore({ text, escapes }: Search, from: number): number {
  const least = Math.max(0, from - ENOUGH_BYTES - LONGEST_READING_BYTES, escapes.lookedUpTo);
  let at = from - 1;
  while (at >= least && ESCAPES[text[at] as number] === 0) at -= 1;
  if (at >= least) escapes.last = at;
  escapes.lookedUpTo = Math.max(escapes.lookedUpTo, from);
  return Math.min(escapes.last, from);
}

function backwards(four: number): string {
  return String.fromCharCode(four >>> 24, (four >>> 16) & 0xff, (four >>> 8) & 0xff, four & 0xff);
}

/** What is to be read on, backwards: so many bytes were read, which lead to this branch, or into it. */
interface Before {
  readonly place: number;
  readonly branch: Branch;
  readonly length: number;
}

interface Reached {
  /** Between this place and the core there is no escape. */
  readonly lastEscape: number;
  readonly states: Before[];
  readonly found: Candidate[];
}

/** Back as far as the text agrees; wherever an escape may end on the way, what stands before that waits. */
function asItStands(search: Search, before: Branch, from: Before, { lastEscape, states, found }: Reached): void {
  const { text } = search;
  let { place: at, branch, length } = from;
  for (; ; at -= 1, length += 1) {
    if (length === branch.end) {
      if (branch.ends > 0) found.push({ start: at, core: branch });
      if (branch.below === undefined) break;
    }
    const reach = Math.max(0, at - reachBefore(text, at));
    if (lastEscape >= reach && reach < at) {
      for (const { begin, bytes } of escapesUpTo(search, reach, at)) {
        const next = descend(before, branch, length, bytes);
        if (next !== undefined) wait(states, { place: begin, branch: next, length: length + bytes.length });
      }
    }
    const byte = text[at - 1];
    if (byte === undefined || ESCAPES[byte] === 1) break;
    if (length < branch.end) {
      if (branch.bytes.charCodeAt(length) !== byte) break;
    } else {
      const next = branch.below?.get(byte);
      if (next === undefined) break;
      branch = next;
    }
  }
  search.steps -= (from.place - at) / BYTES_FOR_STEP;
}

/**
 * Escapes that end at a place and begin at `from` or behind it: all of that part of the text are read once,
 * and kept while cores are found near by.
 */
function escapesUpTo(search: Search, from: number, at: number): readonly EscapeBefore[] {
  const { text, escapes } = search;
  if (from > escapes.to || at < escapes.from) {
    escapes.byEnd.clear();
    escapes.from = from;
    escapes.to = from;
  }
  const readFrom = (low: number, high: number) => {
    for (let begin = low; begin < high; begin += 1) {
      if (ESCAPES[text[begin] as number] === 0) continue;
      for (const { bytes, end } of readings(search, begin)) {
        const known = escapes.byEnd.get(end);
        const found = { begin, bytes: bytes.length > 1 ? reversed(bytes) : bytes };
        if (known === undefined) escapes.byEnd.set(end, [found]);
        else known.push(found);
      }
    }
    search.steps -= (high - low) / BYTES_FOR_STEP;
  };
  if (from < escapes.from) {
    readFrom(from, escapes.from);
    escapes.from = from;
  }
  if (at > escapes.to) {
    readFrom(escapes.to, at);
    escapes.to = at;
  }
  return escapes.byEnd.get(at) ?? NO_ESCAPES;
}

function reversed(bytes: string): string {
  return [...bytes].reverse().join('');
}

function wait(states: Before[], { place, branch, length }: Before): void {
  if (!states.some((known) => known.place === place && known.branch === branch && known.length === length)) {
    states.push({ place, branch, length });
  }
}

/** How far before a place an escape may begin that ends there; 0 when none ends there. */
function reachBefore(text: Uint8Array, at: number): number {
  const last = text[at - 1] ?? 0;
  if (last === SPACE || last === TAB) return LONGEST_READING_BYTES;
  return ENDS_ESCAPE[last] === 1 || ENDS_ESCAPE[text[at - 2] ?? 0] === 1 ? LONGEST_READING_BYTES - LONGEST_INDENTATION : 0;
}
