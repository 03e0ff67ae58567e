import { v7 } from 'uuid';
import { EnvelopeError } from './envelope-error.ts';

/**
 * A UUID of any version in its canonical, lower-case spelling (RFC 9562, section 4), to be part of a larger
 * pattern.
 */
export const UUID_SOURCE = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const CANONICAL_UUID = new RegExp(`^${UUID_SOURCE}$`);
const UUID = new RegExp(`^${UUID_SOURCE}$`, 'i');
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const [ZERO, NINE, A, HYPHEN] = [0x30, 0x39, 0x61, 0x2d];
/** The bit that makes an ASCII letter a small one. */
const LOWER_CASE = 0x20;

/**
 * A new UUID, version 7 (RFC 9562, section 5.7), in lower case: 48 bits of milliseconds since 1970, a
 * counter, random bits. Each is greater than the one before it in the same process, also within a millisecond
 * and when the clock is set back.
 */
export function uuidv7(): string {
  return v7();
}

/** Whether a text is a UUID of any version, in either case, as a path or an option may name a thing. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The same for the one spelling that the database and the audit record write: lower case. */
export function isCanonicalUuid(text: string): boolean {
  return CANONICAL_UUID.test(text);
}

/**
 * The 16 bytes of a UUID of any version, in either case.
 *
 * @throws EnvelopeError `envelope_invalid` for other text.
 */
export function uuidToBytes(uuid: string): Uint8Array<ArrayBuffer> {
  if (!UUID.test(uuid)) throw new EnvelopeError();
  const bytes = new Uint8Array(16);
  for (let half = 0, position = 0; position < uuid.length; position++) {
    const code = uuid.charCodeAt(position);
    if (code === HYPHEN) continue;
    const digit = code <= NINE ? code - ZERO : (code | LOWER_CASE) - A + 10;
    bytes[half >> 1] = ((bytes[half >> 1] ?? 0) << 4) | digit;
    half++;
  }
  return bytes;
}

/**
 * Writes 16 bytes as a UUID in lower case.
 *
 * @throws EnvelopeError `envelope_invalid` for another number of bytes.
 */
export function bytesToUuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new EnvelopeError();
  let uuid = '';
  for (let position = 0; position < 16; position++) {
    if (position === 4 || position === 6 || position === 8 || position === 10) uuid += '-';
    uuid += HEX[bytes[position] ?? 0];
  }
  return uuid;
}
