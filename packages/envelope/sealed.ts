import { joinBytes, utf8 } from './byte-layout.ts';
import { EnvelopeError } from './envelope-error.ts';
import { bytesToUuid, uuidToBytes } from './identifiers.ts';
import { PADDED_LENGTHS } from './value-record.ts';

/** A sealed value in its parts. `ciphertext` ends with the 16 bytes of the authentication tag. */
export interface Sealed {
  readonly keyId: string;
  readonly encapsulation: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** ML-KEM-768 ciphertext (1,088 bytes), then the X25519 share (32 bytes). */
export const ENCAPSULATION_BYTES = 1_120;
const TAG_BYTES = 16;
const MAGIC = utf8('HFS1');
/** ML-KEM-768 + X25519 (HPKE KEM 0x647a), HKDF-SHA256 (0x0001), AES-256-GCM (0x0002). */
const SUITE = 1;
const KEY_ID_AT = MAGIC.length + 1;
const ENCAPSULATION_AT = KEY_ID_AT + 16;
const CIPHERTEXT_AT = ENCAPSULATION_AT + ENCAPSULATION_BYTES;

/**
 * The bytes that are stored: "HFS1", suite (1 byte), key id (16), encapsulation (1,120), ciphertext with its
 * tag.
 *
 * @throws EnvelopeError `envelope_invalid` for what {@link decodeSealed} would refuse, and for a key id that
 *   is no UUID.
 */
export function encodeSealed(sealed: { keyId: string; encapsulation: Uint8Array; ciphertext: Uint8Array }): Uint8Array<ArrayBuffer> {
  const bytes = joinBytes([MAGIC, Uint8Array.of(SUITE), uuidToBytes(sealed.keyId), sealed.encapsulation, sealed.ciphertext]);
  decodeSealed(bytes);
  return bytes;
}

/**
 * Takes stored bytes apart and checks everything that can be checked without a key: magic, suite, and that
 * the ciphertext has the length of a padded record.
 *
 * @throws EnvelopeError `envelope_invalid`.
 */
export function decodeSealed(bytes: Uint8Array): Sealed {
  if (bytes.length < CIPHERTEXT_AT) throw new EnvelopeError();
  if (MAGIC.some((byte, position) => bytes[position] !== byte)) throw new EnvelopeError();
  if (bytes[MAGIC.length] !== SUITE) throw new EnvelopeError();
  if (!PADDED_LENGTHS.includes(bytes.length - CIPHERTEXT_AT - TAG_BYTES)) throw new EnvelopeError();
  const copy = new Uint8Array(bytes);
  return {
    keyId: bytesToUuid(copy.subarray(KEY_ID_AT, ENCAPSULATION_AT)),
    encapsulation: copy.subarray(ENCAPSULATION_AT, CIPHERTEXT_AT),
    ciphertext: copy.subarray(CIPHERTEXT_AT),
  };
}
