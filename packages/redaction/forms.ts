import { secretParts } from './parts.ts';

/**
 * What is looked for when a value is protected, as byte strings (UTF-8, one character a byte): the value and
 * what is secret in it (see {@link secretParts}), each as it is, in UTF-16, in what base64 and hexadecimal
 * make of it as a whole, and quoted by the rules that write one sign with others around it (shells, SQL and
 * CSV, CDATA). Encodings that write one character after the other (percent, form, JSON, HTML and XML,
 * backslashes, and one inside the other) are not here: the search reads through them, see `readings.ts`.
 *
 * @returns an empty list for a value under 8 characters.
 */
export function writtenForms(value: string): string[] {
  return [...new Set(secretParts(value).flatMap(formsOf))];
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const hex = bytes.toString('hex');
  const wide = Buffer.from(text, 'utf16le');
  return [
    bytes.toString('latin1'),
    ...quotedForms(text).map((quoted) => Buffer.from(quoted, 'utf8').toString('latin1')),
    wide.toString('latin1'),
    wide.swap16().toString('latin1'),
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
  ];
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

/**
 * Base64 inside a longer text (`user:value` in Basic authentication, a JSON document) depends on where the
 * value starts in it: one form for each of the three places, in both alphabets. Characters that also depend
 * on the neighbours are left out: those of what stands before, and an incomplete last one.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const start = offset === 0 ? 0 : offset + 1;
    const complete = encoded.slice(start, Math.floor(((offset + bytes.length) * 8) / 6));
    return [complete, complete.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
