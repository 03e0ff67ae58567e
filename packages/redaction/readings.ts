/** What the characters at a place of a text stand for: these bytes, up to there. */
export interface Reading {
  /** UTF-8, one character a byte; several for a character beyond ASCII. */
  readonly bytes: string;
  readonly end: number;
}

/**
 * Where an escape may begin: percent, JSON (and other programming languages), HTML, and the space of a form.
 */
const STARTS = '%\\&+';
/** Encodings inside one another that are read through: URL-encoded JSON in a line of a JSON log is three. */
export const DEPTH = 3;

const BACKSLASH: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '0': '\0' };
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", sol: '/', plus: '+', equals: '=' };
/** Longest first. */
const ENTITY_NAMES = Object.keys(ENTITIES).sort((a, b) => b.length - a.length);
/** Of one text in memory: what is far behind is not asked for again. */
const KNOWN_MAXIMUM = 100_000;
const HEX2 = /[0-9a-f]{2}/iy;
const UNICODE_ESCAPE = /u([0-9a-f]{4})/iy;
const BRACED_ESCAPE = /u\{0{0,6}([0-9a-f]{1,6})\}/iy;
const BYTE_ESCAPE = /x([0-9a-f]{2})/iy;
const DECIMAL = /0{0,6}([0-9]{1,7})/y;
const HEXADECIMAL = /x0{0,6}([0-9a-f]{1,6})/iy;

/** Whether an escape (percent, backslash, entity) can begin with this character. */
export function mayBeEscape(character: string): boolean {
  return STARTS.includes(character);
}

/** A text with what is known of its escapes: each place is read once, however often it is asked for. */
export interface EscapedText {
  readonly text: string;
  readonly known: Map<number, readonly Reading[]>;
}

/**
 * Every way to read what begins at `at` in a byte string: as it stands, and as the escape that it may be; the
 * signs of an escape may be escaped themselves, `depth` times. Few, and each is tried: `%2541` is `%`, `%41`
 * begins with `%`, and `A`.
 */
export function readings(escaped: EscapedText, at: number, depth: number = DEPTH): readonly Reading[] {
  const character = escaped.text[at];
  if (character === undefined) return [];
  if (depth === 0 || !STARTS.includes(character)) return [{ bytes: character, end: at + 1 }];
  const place = at * (DEPTH + 1) + depth;
  const known = escaped.known.get(place);
  if (known !== undefined) return known;
  const found = read(escaped, at, depth);
  if (escaped.known.size >= KNOWN_MAXIMUM) escaped.known.clear();
  escaped.known.set(place, found);
  return found;
}

function read(escaped: EscapedText, at: number, depth: number): readonly Reading[] {
  const found: Reading[] = [];
  for (const sign of readings(escaped, at, depth - 1)) {
    found.push(sign);
    if (sign.bytes === '+') found.push({ bytes: ' ', end: sign.end });
    else if (sign.bytes === '%') found.push(...percent(escaped.text, sign.end));
    else if (sign.bytes === '\\') found.push(...backslash(escaped, sign.end, depth - 1));
    else if (sign.bytes === '&') found.push(...entity(escaped, sign.end, depth - 1));
  }
  return found.filter((reading, place) => place === found.findIndex(({ bytes, end }) => bytes === reading.bytes && end === reading.end));
}

function percent(text: string, at: number): Reading[] {
  const digits = matchAt(HEX2, text, at);
  return digits === undefined ? [] : [{ bytes: String.fromCharCode(Number.parseInt(digits[0], 16)), end: at + 2 }];
}

function backslash(escaped: EscapedText, at: number, depth: number): Reading[] {
  const found: Reading[] = [];
  for (const form of [UNICODE_ESCAPE, BRACED_ESCAPE, BYTE_ESCAPE]) {
    const match = matchAt(form, escaped.text, at);
    if (match !== undefined) found.push(...character(escaped, Number.parseInt(match[1] ?? '', 16), at + match[0].length, depth));
  }
  for (const { bytes, end } of readings(escaped, at, depth)) found.push({ bytes: BACKSLASH[bytes] ?? bytes, end });
  return found;
}

/** A character beyond U+FFFF is written as two units; the second has a backslash of its own. */
function character(escaped: EscapedText, unit: number, end: number, depth: number): Reading[] {
  const alone = { bytes: utf8(unit), end };
  if (unit < 0xd800 || unit > 0xdbff) return [alone];
  for (const sign of readings(escaped, end, depth)) {
    const match = sign.bytes === '\\' ? matchAt(UNICODE_ESCAPE, escaped.text, sign.end) : undefined;
    const low = Number.parseInt(match?.[1] ?? '', 16);
    if (low >= 0xdc00 && low <= 0xdfff) {
      return [alone, { bytes: utf8(0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00)), end: sign.end + 5 }];
    }
  }
  return [alone];
}

function entity(escaped: EscapedText, at: number, depth: number): Reading[] {
  const named = ENTITY_NAMES.find((name) => escaped.text.startsWith(name, at));
  if (named !== undefined) return closed(escaped, at + named.length, depth, ENTITIES[named] ?? '');
  const found: Reading[] = [];
  for (const sign of readings(escaped, at, depth)) {
    if (sign.bytes !== '#') continue;
    for (const [pattern, base] of [
      [DECIMAL, 10],
      [HEXADECIMAL, 16],
    ] as const) {
      const match = matchAt(pattern, escaped.text, sign.end);
      if (match === undefined) continue;
      const code = Number.parseInt(match[1] ?? '', base);
      if (code <= 0x10ffff) found.push(...closed(escaped, sign.end + match[0].length, depth, utf8(code)));
    }
  }
  return found;
}

function closed(escaped: EscapedText, at: number, depth: number, bytes: string): Reading[] {
  return readings(escaped, at, depth).flatMap((sign) => (sign.bytes === ';' ? [{ bytes, end: sign.end }] : []));
}

/** Of a lone half of a pair, what UTF-8 writes for it: the replacement character. */
function utf8(code: number): string {
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
