const encoder = new TextEncoder();
/** Keeps a leading byte order mark: it is part of the value. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A text as UTF-8; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Throws a TypeError for bytes that are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The parts one after the other, copied. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * A number as big-endian bytes.
 *
 * @param width in bytes.
 * @throws RangeError for what is no integer, negative, or too large for the width.
 */
export function unsigned(value: number, width: 2 | 4): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** width) throw new RangeError(`${value} does not fit in ${width} bytes.`);
  const bytes = new Uint8Array(width);
  const view = new DataView(bytes.buffer);
  if (width === 2) view.setUint16(0, value);
  else view.setUint32(0, value);
  return bytes;
}

/**
 * Each field behind its length in two bytes, so that no two lists of fields share their bytes.
 *
 * @param fields of 65,535 bytes at most.
 * @throws RangeError for a longer one.
 */
export function lengthPrefixed(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const prefixed = new Uint8Array(fields.reduce((length, field) => length + 2 + field.length, 0));
  const view = new DataView(prefixed.buffer);
  let offset = 0;
  for (const field of fields) {
    if (field.length > 0xffff) throw new RangeError(`${field.length} does not fit in 2 bytes.`);
    view.setUint16(offset, field.length);
    prefixed.set(field, offset + 2);
    offset += 2 + field.length;
  }
  return prefixed;
}

/** Stops at the first byte that differs: not for what an attacker could time. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
