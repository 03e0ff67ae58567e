/**
 * A value with fewer characters turns up by chance, and is not looked for: it would take innocent text with
 * it.
 */
export const SHORTEST_PROTECTED_CHARACTERS = 8;
/**
 * A line of a value is looked for by itself when it has this many characters: the body of a key, not its
 * `-----BEGIN`.
 */
const SHORTEST_LINE_CHARACTERS = 16;

/**
 * What is looked for when a value is protected, as byte strings (UTF-8, one character a byte): the value
 * itself, its longer lines, and what base64 and hexadecimal make of it as a whole. Encodings that write one
 * character after the other (percent, form, JSON, HTML, and one inside the other) are not here: the search
 * reads through them, see {@link readings}.
 *
 * @returns an empty list for a value under 8 characters.
 */
export function writtenForms(value: string): string[] {
  if (value.length < SHORTEST_PROTECTED_CHARACTERS) return [];
  const bytes = Buffer.from(value, 'utf8');
  const lines = value.includes('\n') ? value.split(/\r?\n/).filter((line) => line.trim().length >= SHORTEST_LINE_CHARACTERS) : [];
  const hex = bytes.toString('hex');
  const forms = [...[value, ...lines].map(toByteString), hex, hex.toUpperCase(), ...base64Forms(bytes)];
  return [...new Set(forms)];
}

/** A text as one character (U+0000–U+00FF) for each byte of its UTF-8. */
export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
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
