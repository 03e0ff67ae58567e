import { AMPERSAND, BACKSLASH, CARRIAGE_RETURN, HASH, LETTER_U, LETTER_X, LINE_FEED, PERCENT, PLUS, SPACE, TAB } from './ascii.ts';

/** What the characters at a place of a text stand for: these bytes, up to there. */
export interface Reading {
  /**
   * UTF-8, one character a byte; several for a character beyond ASCII. None for the end of a line, with the
   * indentation behind it, that stands within a value and is not of it.
   */
  readonly bytes: string;
  readonly end: number;
}

/** A text with what is known of its escapes: each place is read once, however often it is asked for. */
export interface EscapedText {
  readonly text: Uint8Array;
  /** By place and depth. */
  readonly known: Map<number, { readonly readings: readonly Reading[]; readonly beyond: boolean }>;
  /** Set when something was asked for that is behind the end of the text: what follows it may decide. */
  beyond: boolean;
}

/** Encodings inside one another that are read through: URL-encoded JSON in a line of a JSON log is three. */
export const DEPTH = 3;
/** Of one text in memory: what is far behind is not asked for again, and a run of escapes is short. */
const KNOWN_MAXIMUM = 2_000;

const NO_READINGS: readonly Reading[] = [];
/** Each byte as the text of one character that it is. */
export const CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

/** Of the text, that one reading takes. */
export const LONGEST_READING_BYTES = 256;
/** Indentation behind the end of a line is passed over up to here. */
export const LONGEST_INDENTATION = 128;

/**
 * By byte, 1 where an escape may begin: percent, JSON (and other programming languages, and shells), HTML and
 * XML, the space of a form, and the end of a line, in which base64 and keys are cut.
 */
export const ESCAPES: Uint8Array = tableOf((byte) => [LINE_FEED, CARRIAGE_RETURN, AMPERSAND, PERCENT, PLUS, BACKSLASH].includes(byte));

const AFTER_BACKSLASH: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  E: '\x1b',
};
const ENTITIES: readonly (readonly [name: string, bytes: string])[] = [
  ['equals', '='],
  ['quot', '"'],
  ['apos', "'"],
  ['plus', '+'],
  ['amp', '&'],
  ['sol', '/'],
  ['lt', '<'],
  ['gt', '>'],
];

/** Behind an ampersand: an entity may begin. */
const BEGINS_ENTITY = tableOf((byte) => ESCAPES[byte] === 1 || byte === HASH || ENTITIES.some(([name]) => name.charCodeAt(0) === byte));
/** Behind a backslash: there is more to read than this one character. */
const BEGINS_NUMBER = tableOf((byte) => ESCAPES[byte] === 1 || 'uUxX01234567'.includes(CHARACTERS[byte] ?? ''));

function tableOf(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

/**
 * Every way to read what begins at `at`: as it stands, and as the escape that it may be; the signs of an
 * escape may be escaped themselves, `depth` times. Few, and each is tried: `%2541` is `%`, `%41` begins with
 * `%`, and `A`. None takes more than {@link LONGEST_READING_BYTES} of the text, or gives more bytes
 * than it takes.
 */
export function readings(escaped: EscapedText, at: number, depth: number = DEPTH): readonly Reading[] {
  const byte = byteAt(escaped, at);
  if (byte < 0) return NO_READINGS;
  if (depth === 0 || ESCAPES[byte] === 0) return [{ bytes: CHARACTERS[byte] ?? '', end: at + 1 }];
  const simple = simpleReadings(escaped, byte, at);
  if (simple !== undefined) return simple;
  const place = at * (DEPTH + 1) + depth;
  const known = escaped.known.get(place);
  if (known !== undefined) {
    if (known.beyond) escaped.beyond = true;
    return known.readings;
  }
  const before = escaped.beyond;
  escaped.beyond = false;
  const found = read(escaped, at, depth);
  if (escaped.known.size >= KNOWN_MAXIMUM) escaped.known.clear();
  escaped.known.set(place, { readings: found, beyond: escaped.beyond });
  if (before) escaped.beyond = true;
  return found;
}

/** The readings of most escapes, which have no other within them; `undefined` for the others. */
function simpleReadings(escaped: EscapedText, byte: number, at: number): readonly Reading[] | undefined {
  const next = escaped.text[at + 1];
  if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
    const found: Reading[] = [{ bytes: CHARACTERS[byte] ?? '', end: at + 1 }];
    endOfLine(escaped, CHARACTERS[byte] ?? '', at + 1, found);
    return found;
  }
  if (byte === PLUS) {
    return [
      { bytes: '+', end: at + 1 },
      { bytes: ' ', end: at + 1 },
    ];
  }
  if (next === undefined) return undefined;
  if (byte === PERCENT) {
    if (digitOf(next) >= 0) return undefined;
  } else if (byte === AMPERSAND) {
    if (BEGINS_ENTITY[next] === 1) return undefined;
  } else {
    if (BEGINS_NUMBER[next] === 1) return undefined;
    const bytes = CHARACTERS[next] ?? '';
    if (bytes === 'n' || bytes === 'r') return undefined;
    return [
      { bytes: '\\', end: at + 1 },
      { bytes: AFTER_BACKSLASH[bytes] ?? bytes, end: at + 2 },
    ];
  }
  return [{ bytes: CHARACTERS[byte] ?? '', end: at + 1 }];
}

function byteAt(escaped: EscapedText, at: number): number {
  const byte = escaped.text[at];
  if (byte !== undefined) return byte;
  escaped.beyond = true;
  return -1;
}

function read(escaped: EscapedText, at: number, depth: number): readonly Reading[] {
  const found: Reading[] = [];
  readEscape(escaped, at, depth, found);
  for (const { bytes, end } of [...found]) if (bytes === '\n' || bytes === '\r') endOfLine(escaped, bytes, end, found);
  return found;
}

/** It may stand for a line feed, or for nothing: then the blanks behind it do too, none of them, or one. */
function endOfLine(escaped: EscapedText, bytes: string, end: number, found: Reading[]): void {
  let behind = end;
  if (bytes === '\r' && byteAt(escaped, end) === LINE_FEED) {
    behind += 1;
    add(found, { bytes: '\n', end: behind });
  }
  add(found, { bytes: '', end: behind });
  if (!isBlank(byteAt(escaped, behind))) return;
  add(found, { bytes: '', end: behind + 1 });
  const most = behind + LONGEST_INDENTATION;
  while (behind < most && isBlank(byteAt(escaped, behind))) behind += 1;
  add(found, { bytes: '', end: behind });
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function readEscape(escaped: EscapedText, at: number, depth: number, found: Reading[]): void {
  for (const sign of readings(escaped, at, depth - 1)) {
    add(found, sign);
    if (sign.bytes === '+') add(found, { bytes: ' ', end: sign.end });
    else if (sign.bytes === '%') percent(escaped, sign.end, found);
    else if (sign.bytes === '\\') backslash(escaped, sign.end, depth - 1, found);
    else if (sign.bytes === '&') entity(escaped, sign.end, depth - 1, found);
  }
}

function add(found: Reading[], reading: Reading): void {
  if (!found.some(({ bytes, end }) => bytes === reading.bytes && end === reading.end)) found.push(reading);
}

function percent(escaped: EscapedText, at: number, found: Reading[]): void {
  const { value, end } = digits(escaped, at, { base: 16, least: 2, most: 2 });
  if (end > at) add(found, { bytes: CHARACTERS[value] ?? '', end });
}

function backslash(escaped: EscapedText, at: number, depth: number, found: Reading[]): void {
  const byte = byteAt(escaped, at);
  const letter = CHARACTERS[byte];
  if (letter === 'u' || letter === 'U') unicodeEscape(escaped, at + 1, depth, found);
  if (letter === 'x' || letter === 'X') {
    const { value, end } = digits(escaped, at + 1, { base: 16, least: 2, most: 2 });
    if (end > at + 1) addByte(found, value, end);
  }
  // As bash and C write a byte that cannot be printed: three digits, and a zero alone in many languages.
  const octal = digits(escaped, at, { base: 8, least: 1, most: 3 });
  if (octal.end > at && (octal.end === at + 3 || octal.value === 0) && octal.value <= 0xff) addByte(found, octal.value, octal.end);
  if (octal.end > at && letter === '0') add(found, { bytes: '\0', end: at + 1 });
  for (const { bytes, end } of readings(escaped, at, depth)) add(found, { bytes: AFTER_BACKSLASH[bytes] ?? bytes, end });
}

/** A number of two digits is a character in JavaScript, and a byte of UTF-8 in Python, C and a shell. */
function addByte(found: Reading[], value: number, end: number): void {
  add(found, { bytes: utf8(value), end });
  add(found, { bytes: CHARACTERS[value] ?? '', end });
}

function unicodeEscape(escaped: EscapedText, at: number, depth: number, found: Reading[]): void {
  if (byteAt(escaped, at) === 0x7b) {
    const { value, end } = digits(escaped, at + 1, { base: 16, least: 1, most: 6, zeros: 6 });
    if (end > at + 1 && value <= 0x10ffff && byteAt(escaped, end) === 0x7d) character(escaped, value, end + 1, depth, found);
    return;
  }
  const { value, end } = digits(escaped, at, { base: 16, least: 4, most: 4 });
  if (end > at) character(escaped, value, end, depth, found);
}

/** A character beyond U+FFFF is written as two units; the second has a backslash of its own. */
function character(escaped: EscapedText, unit: number, end: number, depth: number, found: Reading[]): void {
  add(found, { bytes: utf8(unit), end });
  if (unit < 0xd800 || unit > 0xdbff) return;
  for (const sign of readings(escaped, end, depth)) {
    if (sign.bytes !== '\\' || (byteAt(escaped, sign.end) | 0x20) !== LETTER_U) continue;
    const low = digits(escaped, sign.end + 1, { base: 16, least: 4, most: 4 });
    if (low.end > sign.end + 1 && low.value >= 0xdc00 && low.value <= 0xdfff) {
      add(found, { bytes: utf8(0x10000 + (unit - 0xd800) * 0x400 + (low.value - 0xdc00)), end: low.end });
    }
  }
}

function entity(escaped: EscapedText, at: number, depth: number, found: Reading[]): void {
  for (const [name, bytes] of ENTITIES) {
    if (!standsAt(escaped, name, at)) continue;
    closed(escaped, at + name.length, depth, bytes, found);
    return;
  }
  for (const sign of readings(escaped, at, depth)) {
    if (sign.bytes.charCodeAt(0) !== HASH) continue;
    const hexadecimal = (byteAt(escaped, sign.end) | 0x20) === LETTER_X;
    const start = hexadecimal ? sign.end + 1 : sign.end;
    const { value, end } = digits(
      escaped,
      start,
      hexadecimal ? { base: 16, least: 1, most: 6, zeros: 6 } : { base: 10, least: 1, most: 7, zeros: 6 },
    );
    if (end > start && value <= 0x10ffff) closed(escaped, end, depth, utf8(value), found);
  }
}

function closed(escaped: EscapedText, at: number, depth: number, bytes: string, found: Reading[]): void {
  for (const sign of readings(escaped, at, depth)) if (sign.bytes === ';') add(found, { bytes, end: sign.end });
}

function standsAt(escaped: EscapedText, name: string, at: number): boolean {
  for (let place = 0; place < name.length; place++) if (byteAt(escaped, at + place) !== name.charCodeAt(place)) return false;
  return true;
}

interface Digits {
  readonly base: 8 | 10 | 16;
  readonly least: number;
  readonly most: number;
  /** So many zeros may stand in front of the others. */
  readonly zeros?: number;
}

/** The number that begins here; `end` is `at` when there is none. */
function digits(escaped: EscapedText, at: number, { base, least, most, zeros = 0 }: Digits): { value: number; end: number } {
  let value = 0;
  let end = at;
  const longest = at + most + zeros;
  for (let significant = 0; end < longest; end++) {
    const digit = digitOf(byteAt(escaped, end));
    if (digit < 0 || digit >= base || (significant === most && most > 0)) break;
    value = value * base + digit;
    if (value > 0 || end - at >= zeros) significant += 1;
  }
  return end - at < least ? { value: 0, end: at } : { value, end };
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 && byte >= 0 ? letter - 0x57 : -1;
}

/** Of a lone half of a pair, what UTF-8 writes for it: the replacement character. */
function utf8(code: number): string {
  return code < 0x80 ? (CHARACTERS[code] ?? '') : Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}
