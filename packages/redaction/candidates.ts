import { AMPERSAND, BACKSLASH, CARRIAGE_RETURN, LETTER_U, LETTER_X, LINE_FEED, PERCENT, PLUS, SPACE, TAB } from './ascii.ts';
import { type Candidate, startsOf } from './before-cores.ts';
import { CORE_BYTES, CORE_CHARACTERS } from './cores.ts';
import { CLASSES, IN_CORE, isCoreBehindPercent, isCoreUnit, isNumberBehind, simpleEscape } from './escapes-in-cores.ts';
import { mayContinueWith, mayStartWith, uint32At } from './filter.ts';
import type { PatternIndex } from './pattern-index.ts';
import { CHARACTERS, DEPTH, ESCAPES, LONGEST_INDENTATION, readings } from './readings.ts';
import { SCANNED_AT_LEAST_BYTES, startScan } from './scan.ts';
import type { Search } from './walk.ts';

type Cores = PatternIndex['cores'];

/**
 * Of backslashes before what they escape: as many as the encodings inside one another that are read make, and
 * more.
 */
const LONGEST_RUN = 2 ** (DEPTH + 1);

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
        else if (at - decoded.end < CORE_BYTES - 1) behindEscapeAsItStands(search, cores, at, found);
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
    // The same as `mayStartWith`, where it is read for every byte.
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
  if (from < 0 || !mayStartWith(cores.filter, four)) return;
  const next = isPlain(search.text, end) ? uint32At(search.text, end) : undefined;
  if (next === undefined || mayContinueWith(cores.filter, four, next)) startsOf(search, cores, { four, from }, found);
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
 * Cores that begin within a former escape as it stands, and go on through the simple one that begins here:
 * a value may hold `%51` itself. No other escape stands as it is in a core, since no sign of one is in a
 * core.
 */
function behindEscapeAsItStands(search: Search, cores: Cores, at: number, found: Candidate[]): void {
  const { text } = search;
  let four = 0;
  for (let count = 1; count < CORE_BYTES && at - count >= 0; count += 1) {
    const byte = text[at - count] as number;
    if (ESCAPES[byte] === 1 || IN_CORE[byte] === 0) return;
    four = (four << 8) | byte;
    readOn(search, cores, { from: at - count, place: at, four, count }, found);
  }
}

/** Until it is a core: simple escapes and bytes as they stand have no other reading to look for. */
function readOn(search: Search, cores: Cores, begun: Begun, found: Candidate[]): void {
  const { text } = search;
  let { place, four, count } = begun;
  while (count < CORE_BYTES && place < text.length) {
    const byte = text[place] as number;
    const simple = ESCAPES[byte] === 1 ? simpleEscape(text, byte, place) : (1 << 8) | byte;
    if (simple < 0) break;
    if (IN_CORE[simple & 0xff] === 0) return;
    four |= (simple & 0xff) << (8 * count);
    place += simple >>> 8;
    count += 1;
  }
  search.steps -= 1;
  if (count === CORE_BYTES) coreAt(search, cores, four, begun.from, place, found);
  else fourFrom(search, cores, { from: begun.from, place, four, count }, found);
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
      coreAt(search, cores, four, from, place, found);
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
