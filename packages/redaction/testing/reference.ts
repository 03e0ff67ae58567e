/**
 * The search of values as slowly and as plainly as it can be said: at each place of a text, each form byte by
 * byte, in every way in which the text can be read there. It shares nothing with the search but its forms.
 */

/** So many encodings inside one another are read through. */
const DEPTH = 3;
/** So much of a form's beginning is found by itself. */
const ENOUGH_BYTES = 64;
const LONGEST_INDENTATION = 128;

interface Reading {
  /** What is read, one character a byte; nothing for an end of a line. */
  readonly bytes: string;
  readonly end: number;
}

export interface Match {
  readonly start: number;
  readonly end: number;
  /** Of the form, as much as was found. */
  readonly bytes: string;
}

/** @param text one character a byte. @returns of each place at which a form begins, the longest. */
export function matchesIn(text: string, forms: readonly string[]): Match[] {
  const readings = readingsIn(text);
  const matches: Match[] = [];
  for (let start = 0; start < text.length; start += 1) {
    let longest: Match = { start, end: -1, bytes: '' };
    for (const form of forms) {
      const { end, read } = longestEnd(form, start, readings);
      if (end > longest.end) longest = { start, end, bytes: form.slice(0, read) };
    }
    if (longest.end >= 0) matches.push(longest);
  }
  return matches;
}

/** -1 when the form does not begin there. */
function longestEnd(form: string, start: number, readings: (at: number) => readonly Reading[]): { end: number; read: number } {
  let longest = { end: -1, read: 0 };
  const seen = new Set<string>();
  const waiting: { at: number; read: number; folded: boolean }[] = [{ at: start, read: 0, folded: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, read, folded } = next;
    const key = `${at} ${read} ${folded}`;
    if (seen.has(key)) continue;
    seen.add(key);
    // An end of a line that stands for nothing is no part of what ends before it.
    if (!folded && (read === form.length || read >= ENOUGH_BYTES) && at > longest.end) longest = { end: at, read };
    for (const { bytes, end } of readings(at)) {
      if (bytes === '' && read > 0) waiting.push({ at: end, read, folded: true });
      else if (bytes !== '' && form.startsWith(bytes, read)) waiting.push({ at: end, read: read + bytes.length, folded: false });
    }
  }
  return longest;
}

function readingsIn(text: string): (at: number) => readonly Reading[] {
  const known = new Map<string, readonly Reading[]>();
  const readings = (at: number, depth: number): readonly Reading[] => {
    const key = `${at} ${depth}`;
    const found = known.get(key) ?? readingsAt(text, at, depth, readings);
    known.set(key, found);
    return found;
  };
  return (at) => readings(at, DEPTH);
}

const LETTERS: Readonly<Record<string, string>> = {
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
const NAMES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  amp: '&',
  lt: '<',
  gt: '>',
  equals: '=',
  plus: '+',
  sol: '/',
};

const TWO_DIGITS = /[0-9a-f]{2}/iy;
const UNIT = /u([0-9a-f]{4})/iy;
const BRACED = /u\{0{0,6}([0-9a-f]{1,6})\}/iy;
const HEXADECIMAL = /x([0-9a-f]{2})/iy;
const OCTAL = /[0-7]{1,3}/y;
const LOW_UNIT = /u(d[c-f][0-9a-f]{2})/iy;
const NAME = /equals|quot|apos|plus|amp|sol|lt|gt/y;
const NUMBER = /x0{0,6}([0-9a-f]{1,6})|0{0,6}([0-9]{1,7})/iy;
const BLANKS = /[ \t]*/y;

/** @param readings with one depth less. */
function readingsAt(text: string, at: number, depth: number, readings: (at: number, depth: number) => readonly Reading[]): Reading[] {
  const first = text[at];
  if (first === undefined) return [];
  if (depth === 0) return [{ bytes: first, end: at + 1 }];
  const match = (pattern: RegExp, from: number) => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  const found: Reading[] = [];
  const add = (bytes: string, end: number) => found.push({ bytes, end });
  /** Where each reading ends that is this sign. */
  const ends = (sign: string, from: number, below: number) =>
    readings(from, below).flatMap(({ bytes, end }) => (bytes === sign ? [end] : []));

  for (const sign of readings(at, depth - 1)) {
    add(sign.bytes, sign.end);
    if (sign.bytes === '+') add(' ', sign.end);
    if (sign.bytes === '%') {
      const [digits] = match(TWO_DIGITS, sign.end) ?? [];
      if (digits !== undefined) add(byte(Number.parseInt(digits, 16)), sign.end + 2);
    }
    if (sign.bytes === '\\') behindBackslash(sign.end);
    if (sign.bytes === '&') behindAmpersand(sign.end);
  }
  for (const { bytes, end } of [...found]) if (bytes === '\n' || bytes === '\r') behindLine(bytes, end);
  return found;

  function behindBackslash(from: number): void {
    const [, unit] = match(UNIT, from) ?? [];
    if (unit !== undefined) character(Number.parseInt(unit, 16), from + 5);
    const [braced = '', code = ''] = match(BRACED, from) ?? [];
    if (braced !== '' && Number.parseInt(code, 16) <= 0x10ffff) character(Number.parseInt(code, 16), from + braced.length);
    const [, hex] = match(HEXADECIMAL, from) ?? [];
    if (hex !== undefined) addByte(Number.parseInt(hex, 16), from + 3);
    const [octal = ''] = match(OCTAL, from) ?? [];
    const value = Number.parseInt(octal || '0', 8);
    if ((octal.length === 3 || (octal !== '' && value === 0)) && value <= 0xff) addByte(value, from + octal.length);
    if (text[from] === '0') add('\0', from + 1);
    for (const { bytes, end } of readings(from, depth - 1)) add(LETTERS[bytes] ?? bytes, end);
  }

  function character(code: number, end: number): void {
    add(utf8(code), end);
    if (code < 0xd800 || code > 0xdbff) return;
    for (const behind of ends('\\', end, depth - 1)) {
      const [, low] = match(LOW_UNIT, behind) ?? [];
      if (low !== undefined) add(utf8(0x10000 + (code - 0xd800) * 0x400 + Number.parseInt(low, 16) - 0xdc00), behind + 5);
    }
  }

  function addByte(value: number, end: number): void {
    add(utf8(value), end);
    add(byte(value), end);
  }

  function behindAmpersand(from: number): void {
    const [name] = match(NAME, from) ?? [];
    if (name !== undefined) {
      for (const end of ends(';', from + name.length, depth - 1)) add(NAMES[name] as string, end);
      return;
    }
    for (const behind of ends('#', from, depth - 1)) {
      const [whole = '', hexadecimal, decimal] = match(NUMBER, behind) ?? [];
      const code = hexadecimal === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hexadecimal, 16);
      if (whole === '' || code > 0x10ffff) continue;
      for (const end of ends(';', behind + whole.length, depth - 1)) add(utf8(code), end);
    }
  }

  function behindLine(sign: string, end: number): void {
    const behind = sign === '\r' && text[end] === '\n' ? end + 1 : end;
    if (behind > end) add('\n', behind);
    add('', behind);
    const [blanks = ''] = match(BLANKS, behind) ?? [];
    if (blanks === '') return;
    add('', behind + 1);
    add('', behind + Math.min(blanks.length, LONGEST_INDENTATION));
  }
}

function byte(value: number): string {
  return String.fromCharCode(value);
}

function utf8(code: number): string {
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}
