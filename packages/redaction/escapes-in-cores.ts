import { AMPERSAND, BACKSLASH, CARRIAGE_RETURN, HASH, LETTER_U, LETTER_X, LINE_FEED, PERCENT, SEMICOLON } from './ascii.ts';
import { CORE_CHARACTERS } from './cores.ts';
import { CHARACTERS, DEPTH, ESCAPES } from './readings.ts';
import type { Classes } from './scan.ts';

/** Of HTML, with zeros in front. */
const LONGEST_NUMBER = 13;

/** What a core consists of: also the signs of a list. */
export const IN_CORE = Uint8Array.from({ length: 256 }, (_, byte) =>
  CORE_CHARACTERS[byte] === 1 || ', :-'.includes(CHARACTERS[byte] as string) ? 1 : 0,
);
/** What `%41` may stand for, so that a core is read there: a part of it, a line's end, or another escape. */
const ESCAPED_IN_CORE = Uint8Array.from({ length: 256 }, (_, byte) =>
  CORE_CHARACTERS[byte] === 1 || [LINE_FEED, CARRIAGE_RETURN, PERCENT, AMPERSAND, BACKSLASH].includes(byte) ? 1 : 0,
);
/** The value of a hexadecimal digit; -1 of any other byte. */
export const HEXADECIMAL = Int8Array.from({ length: 256 }, (_, byte) => {
  return '0123456789abcdef'.indexOf((CHARACTERS[byte] as string).toLowerCase());
});

/** The same for the scan. */
export const CLASSES: Classes = { inCore: IN_CORE, escapedInCore: ESCAPED_IN_CORE, hexadecimal: HEXADECIMAL };

/**
 * The letter or digit that is all that an escape may stand for (`%41`, `&#65;`, `\u0041`), and how many bytes
 * it is written with, as bits above it; -1 of any other.
 */
export function simpleEscape(text: Uint8Array, byte: number, at: number): number {
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

/** Whether what follows a percent sign may stand for a part of a core, or the end of a line within one. */
export function isCoreBehindPercent(text: Uint8Array, at: number, depth = DEPTH): boolean {
  if (depth === 0) return false;
  const code = ((HEXADECIMAL[text[at] ?? 0] as number) << 4) | (HEXADECIMAL[text[at + 1] ?? 0] as number);
  if (code < 0 || ESCAPED_IN_CORE[code] === 0) return false;
  if (code === PERCENT) return isCoreBehindPercent(text, at + 2, depth - 1) || ESCAPES[text[at + 2] ?? 0] === 1;
  if (code === AMPERSAND) return isNumberBehind(text, at + 2);
  if (code === BACKSLASH) return CORE_CHARACTERS[text[at + 2] ?? 0] === 1 || ESCAPES[text[at + 2] ?? 0] === 1;
  return true;
}

/** Whether what follows an ampersand may be `#65;`, through `amp;` as often as one likes. */
export function isNumberBehind(text: Uint8Array, at: number): boolean {
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
export function isCoreUnit(text: Uint8Array, at: number, digits: number): boolean {
  const code = hexadecimalAt(text, at, digits);
  return code < 0 || (code <= 0xff && ESCAPED_IN_CORE[code] === 1);
}
