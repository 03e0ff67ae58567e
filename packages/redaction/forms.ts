import { type Core, coreOf, ENOUGH_BYTES } from './cores.ts';
import { isDistinctive } from './distinctive.ts';
import { secretParts } from './parts.ts';

/** A byte string (one character a byte) that is looked for, or several that begin alike. */
export interface Form {
  /** All of its bytes, or the first {@link ENOUGH_BYTES}: then `wholes` makes those that begin so. */
  readonly head: string;
  readonly wholes: (() => readonly string[]) | undefined;
  /** Where in the head the bytes are by which it is found; without them it is looked for at every place. */
  readonly core: Core | undefined;
}

/** A shorter one would turn up by chance. */
export const SHORTEST_FORM_BYTES = 8;
/** Base64 of base64 is looked for in values that people and services use as passwords and keys. */
const LONGEST_TWICE_BYTES = 128;

/**
 * What is looked for when a value is protected: the value and what is secret in it (see {@link secretParts}),
 * each
 *
 * - as it is, in UTF-16, in Latin-1, and with its accents composed and decomposed (Unicode NFC and NFD);
 * - in base64, wherever it begins in a longer text, in both alphabets: of its UTF-8, of its UTF-16 (as
 *   PowerShell's `-EncodedCommand`), of the value in JSON, in a URL and in a form (as OAuth's client
 *   authentication), and of base64;
 * - in hexadecimal, together and byte by byte, and as a list of decimal numbers (a Buffer as JSON);
 * - quoted by the rules that write one sign with others around it (shells, SQL and CSV, CDATA).
 *
 * Encodings that write one character after the other (percent, form, JSON, HTML and XML, backslashes, and one
 * inside the other) and ends of lines within a form are not here: the search reads through them, see
 * `readings.ts`.
 *
 * Of a long value the first bytes of each are made, and the rest when a text holds them.
 *
 * @returns an empty list for a value under 8 characters.
 */
export function writtenForms(value: string): Form[] {
  return secretParts(value).flatMap(formsOf);
}

/** The value as it is, without a look at what is in it. */
export function plainForm(value: string): Form[] {
  const forms: Form[] = [];
  if (isDistinctive(value)) push(forms, toBytes(value), false);
  return forms;
}

/** So many characters give {@link ENOUGH_BYTES} in every form. */
const HEAD_CHARACTERS = 52;

function formsOf(text: string): Form[] {
  const forms: Form[] = [];
  for (const bytes of new Set([...spellings(text), ...quotedForms(text).map(toBytes)])) push(forms, bytes, false);
  const layout = layoutOf(text);
  const head = headOf(text);
  if (head === text) {
    for (const [bytes, asItIs] of new Map(encodedForms(text, layout))) push(forms, bytes, asItIs);
    return forms;
  }
  let known: readonly Encoded[] | undefined;
  const wholes = () => {
    known ??= encodedForms(text, layout);
    return known;
  };
  const places = new Map<string, number[]>();
  const heads = encodedForms(head, layout);
  for (const [place, [bytes]] of heads.entries()) {
    const first = bytes.slice(0, ENOUGH_BYTES);
    const alike = places.get(first);
    if (alike === undefined) places.set(first, [place]);
    else alike.push(place);
  }
  for (const [first, alike] of places) {
    push(forms, first, heads[alike[0] ?? 0]?.[1] ?? false, () => [...new Set(alike.map((place) => wholes()[place]?.[0] ?? first))]);
  }
  return forms;
}

function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** ASCII has one spelling; other letters several. */
function spellings(text: string): string[] {
  const plain = toBytes(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII too
  if (/^[\x00-\x7f]*$/.test(text)) return [plain];
  // To sort a long row of accents takes the square of its length. No text that people read has one.
  if (/\p{M}{100}/u.test(text)) return [plain, ...inLatin1(text)];
  const composed = text.normalize('NFC');
  return [plain, toBytes(composed), toBytes(text.normalize('NFD')), ...inLatin1(text), ...inLatin1(composed)];
}

function inLatin1(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are Latin-1 too
  return /^[\x00-\xff]*$/.test(text) ? [text] : [];
}

/**
 * `'it'\''s'` and `'it'"'"'s'` of a shell; quotes twice in SQL, PowerShell and CSV; the end of a CDATA
 * section.
 */
function quotedForms(text: string): string[] {
  return [
    ...(text.includes("'") ? ["'\\''", `'"'"'`, "''"].map((quoted) => text.replaceAll("'", quoted)) : []),
    ...(text.includes('"') ? [text.replaceAll('"', '""')] : []),
    ...(text.includes(']]>') ? [text.replaceAll(']]>', ']]]]><![CDATA[>')] : []),
  ];
}

/** The beginning of a text, without half of a character. */
function headOf(text: string): string {
  if (text.length <= HEAD_CHARACTERS + 1) return text;
  const last = text.charCodeAt(HEAD_CHARACTERS - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? HEAD_CHARACTERS + 1 : HEAD_CHARACTERS);
}

function push(forms: Form[], head: string, asItIs: boolean, wholes?: Form['wholes']): void {
  if (head.length >= SHORTEST_FORM_BYTES) forms.push({ head, wholes, core: coreOf(head, asItIs) });
}

/** Which forms there are of a text: the same, in the same order, of its beginning. */
interface Layout {
  /** Whether a text in JSON, in a URL and in a form is not what it is. */
  readonly json: boolean;
  readonly url: boolean;
  readonly form: boolean;
  readonly twice: boolean;
}

function layoutOf(text: string): Layout {
  return {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
    json: /["\\\x00-\x1f\ud800-\udfff]/.test(text),
    url: /[^A-Za-z0-9_.!~*'()-]/.test(text),
    // Where a form differs from a URL.
    form: /[ !~'()]/.test(text),
    twice: text.length <= LONGEST_TWICE_BYTES && Buffer.byteLength(text) <= LONGEST_TWICE_BYTES,
  };
}

/** Bytes, and whether they are looked for as they stand: {@link coreOf}. */
type Encoded = readonly [bytes: string, asItIs: boolean];

/** What a text becomes as a whole. Of its beginning it is the beginning of the same. */
function encodedForms(text: string, { json, url, form, twice }: Layout): Encoded[] {
  const bytes = Buffer.from(text, 'utf8');
  const wide = Buffer.from(text, 'utf16le');
  const hex = bytes.toString('hex');
  const once = base64Once(bytes);
  const letters = [
    wide.toString('latin1'),
    Buffer.from(wide).swap16().toString('latin1'),
    hex,
    hex.toUpperCase(),
    ...inBothAlphabets(once),
    ...inBothAlphabets(base64Once(wide)),
  ];
  const written: string[] = [];
  if (json) written.push(JSON.stringify(text).slice(1, -1));
  if (url) written.push(encodeURIComponent(text.toWellFormed()));
  if (form) written.push(formEncoded(text));
  for (const each of written) letters.push(...inBothAlphabets(base64Once(Buffer.from(each, 'utf8'))));
  if (twice) for (const each of once) letters.push(...base64Once(Buffer.from(each, 'latin1')));
  return [...letters.map((each) => [each, false] as const), ...listsOf(bytes).map((each) => [each, true] as const)];
}

const DECIMAL: readonly string[] = Array.from({ length: 256 }, (_, byte) => String(byte));
const PAIR: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** As JavaScript shows bytes, as OpenSSL does, and as .NET. */
function listsOf(of: Buffer): string[] {
  const bytes: string[] = [];
  const pairs: string[] = [];
  for (const byte of of) {
    bytes.push(DECIMAL[byte] as string);
    pairs.push(PAIR[byte] as string);
  }
  return [bytes.join(','), bytes.join(', '), pairs.join(' '), pairs.join(':'), pairs.join('-').toUpperCase()];
}

function inBothAlphabets(base64: readonly string[]): string[] {
  return base64.flatMap((form) => (/[+/]/.test(form) ? [form, form.replaceAll('+', '-').replaceAll('/', '_')] : [form, form]));
}

/**
 * Base64 inside a longer text (`user:value` in Basic authentication, a JSON document) depends on where the
 * value starts in it: one form for each of the three places. Characters that also depend on the neighbours
 * are left out: those of what stands before, and an incomplete last one.
 */
function base64Once(bytes: Buffer): string[] {
  const padded = Buffer.alloc(2 + bytes.length);
  bytes.copy(padded, 2);
  return [0, 1, 2].map((offset) =>
    padded.toString('base64', 2 - offset).slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6)),
  );
}
