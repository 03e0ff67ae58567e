/** A value with fewer characters turns up by chance, and is not looked for. */
const SHORTEST = 8;
const MARK = '[redacted]';

/** Knows the values that are in use and takes them out of everything that is shown, kept or passed on. */
export interface Redactor {
  /** From now on the value, or part of one, is removed. */
  protect(value: string): void;
  redact(text: string): string;
  redactBytes(bytes: Uint8Array): Uint8Array;
}

/** `onProtect` is told each value once, so that the log can look for it too. */
export function createRedactor(onProtect: (value: string) => void = () => {}): Redactor {
  const values = new Set<string>();
  let patterns: readonly string[] = [];

  /** Byte strings (one character a byte), so that text, bytes and every encoding are searched alike. */
  function replaceIn(bytes: string): string {
    let result = bytes;
    for (const pattern of patterns) {
      if (result.includes(pattern)) result = result.replaceAll(pattern, MARK);
    }
    return result;
  }

  return {
    protect(value) {
      if (values.has(value) || value.length < SHORTEST) return;
      values.add(value);
      onProtect(value);
      patterns = [...new Set([...values].flatMap(formsOf))].sort((a, b) => b.length - a.length);
    },
    redact(text) {
      if (patterns.length === 0) return text;
      return Buffer.from(replaceIn(Buffer.from(text, 'utf8').toString('latin1')), 'latin1').toString('utf8');
    },
    redactBytes(bytes) {
      if (patterns.length === 0) return bytes;
      const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
      const replaced = replaceIn(found);
      return replaced === found ? bytes : Buffer.from(replaced, 'latin1');
    },
  };
}

/** The forms in which a value comes back: as it is, and as the usual encodings write it. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const percent = encodeURIComponent(value.toWellFormed());
  const everyByte = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const lines = value.includes('\n') ? value.split(/\r?\n/).filter((line) => line.trim().length >= 2 * SHORTEST) : [];
  const forms = [
    value,
    json,
    json.replaceAll('/', '\\/'),
    html,
    html.replaceAll("'", '&#39;'),
    percent,
    lowerEscapes(percent),
    percent.replaceAll('%20', '+'),
    everyByte,
    lowerEscapes(everyByte),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64Forms(bytes),
    ...lines,
  ];
  return forms.filter((form) => form.length >= SHORTEST).map((form) => Buffer.from(form, 'utf8').toString('latin1'));
}

/** Base64 inside a longer text depends on where the value starts in it: one form for each of the three places. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters that also depend on the neighbours are left out: those of the padding before, and an incomplete last one.
    const start = offset === 0 ? 0 : offset + 1;
    const complete = encoded.slice(start, Math.floor(((offset + bytes.length) * 8) / 6));
    return [complete, complete.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (written) => written.toLowerCase());
}
