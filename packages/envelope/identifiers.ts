import { EnvelopeError } from './envelope-error.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const [ZERO, NINE, A, HYPHEN] = [0x30, 0x39, 0x61, 0x2d];
/** The bit that makes an ASCII letter a small one. */
const LOWER_CASE = 0x20;

/** A new UUID, version 7 (RFC 9562, section 5.7): 48 bits of milliseconds since 1970, then 74 random bits. */
export function uuidv7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const milliseconds = Date.now();
  view.setUint32(0, Math.floor(milliseconds / 2 ** 16));
  view.setUint16(4, milliseconds % 2 ** 16);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return bytesToUuid(bytes);
}

/** The 16 bytes of a UUID of any version, in either case. Throws {@link EnvelopeError} for other text. */
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

/** Writes 16 bytes as a UUID in lower case. */
export function bytesToUuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new EnvelopeError();
  let uuid = '';
  for (let position = 0; position < 16; position++) {
    if (position === 4 || position === 6 || position === 8 || position === 10) uuid += '-';
    uuid += HEX[bytes[position] ?? 0];
  }
  return uuid;
}
