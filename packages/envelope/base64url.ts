import { EnvelopeError } from './envelope-error.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NONE = 255;
/** By the code of the character. */
const VALUES = new Uint8Array(128).fill(NONE);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Each two characters that 12 bits are written as. */
const PAIRS = Array.from({ length: 4_096 }, (_, bits) => ALPHABET.charAt(bits >> 6) + ALPHABET.charAt(bits & 63));

/** base64url without padding (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  let text = '';
  const whole = bytes.length - (bytes.length % 3);
  for (let at = 0; at < whole; at += 3) {
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += `${PAIRS[three >> 12]}${PAIRS[three & 4_095]}`;
  }
  const left = bytes.length - whole;
  if (left === 0) return text;
  const [first = 0, second = 0] = bytes.subarray(whole);
  text += PAIRS[(first << 4) | (second >> 4)];
  return left === 1 ? text : text + ALPHABET.charAt((second & 15) << 2);
}

/**
 * Reads base64url without padding. Bytes have exactly one spelling.
 *
 * @throws EnvelopeError `envelope_invalid` for padding, white space, other characters, and unused bits that
 *   are not zero.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let written = 0;
  for (let position = 0; position < text.length; position++) {
    const value = VALUES[text.charCodeAt(position)] ?? NONE;
    if (value === NONE) throw new EnvelopeError();
    pending = (pending << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = pending >> bits;
      pending &= (1 << bits) - 1;
    }
  }
  if (bits >= 6 || pending !== 0) throw new EnvelopeError();
  return bytes;
}
