import { secretParts } from './parts.ts';

/** A byte string (one character a byte) that is looked for. */
export interface Form {
  readonly bytes: string;
  /**
   * Whether it is looked for only as it stands, but for the ends of lines: a list of numbers, whose commas
   * and spaces nobody writes as escapes.
   */
  readonly asItIs: boolean;
}

/** A shorter one would turn up by chance. */
export const SHORTEST_FORM_BYTES = 8;
/** So much of the beginning of a form is found also when the rest does not follow: it was cut off. */
export const ENOUGH_BYTES = 64;
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
 * @returns an empty list for a value under 8 characters.
 */
export function writtenForms(value: string): Form[] {
  const parts = secretParts(value);
  const forms = new Set(parts.flatMap(formsOf));
  const lists = new Set(parts.flatMap(listsOf));
  return [...marked(forms, false), ...marked(lists, true)];
}

function marked(forms: ReadonlySet<string>, asItIs: boolean): Form[] {
  return [...forms].filter(({ length }) => length >= SHORTEST_FORM_BYTES).map((bytes) => ({ bytes, asItIs }));
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const hex = bytes.toString('hex');
  const wide = Buffer.from(text, 'utf16le');
  const insideBase64 = new Set([JSON.stringify(text).slice(1, -1), encodeURIComponent(text.toWellFormed()), formEncoded(text)]);
  insideBase64.delete(text);
  return [
    ...spellings(text),
    ...quotedForms(text).map(toBytes),
    wide.toString('latin1'),
    Buffer.from(wide).swap16().toString('latin1'),
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
    ...base64Forms(wide),
    ...[...insideBase64].flatMap((written) => base64Forms(Buffer.from(written, 'utf8'))),
    ...(bytes.length <= LONGEST_TWICE_BYTES ? base64Once(bytes).flatMap((once) => base64Once(Buffer.from(once, 'latin1'))) : []),
  ];
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are Latin-1 too
  const latin1 = /^[\x00-\xff]*$/.test(text) ? [text] : [];
  return [plain, toBytes(text.normalize('NFC')), toBytes(text.normalize('NFD')), ...latin1];
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

const DECIMAL: readonly string[] = Array.from({ length: 256 }, (_, byte) => String(byte));
const PAIR: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** As JavaScript shows bytes, as OpenSSL does, and as .NET. */
function listsOf(text: string): string[] {
  const bytes: string[] = [];
  const pairs: string[] = [];
  for (const byte of Buffer.from(text, 'utf8')) {
    bytes.push(DECIMAL[byte] as string);
    pairs.push(PAIR[byte] as string);
  }
  return [bytes.join(','), bytes.join(', '), pairs.join(' '), pairs.join(':'), pairs.join('-').toUpperCase()];
}

/** In both alphabets. */
function base64Forms(bytes: Buffer): string[] {
  return base64Once(bytes).flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/**
 * Base64 inside a longer text (`user:value` in Basic authentication, a JSON document) depends on where the
 * value starts in it: one form for each of the three places. Characters that also depend on the neighbours
 * are left out: those of what stands before, and an incomplete last one.
 */
function base64Once(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const start = offset === 0 ? 0 : offset + 1;
    return encoded.slice(start, Math.floor(((offset + bytes.length) * 8) / 6));
  });
}
