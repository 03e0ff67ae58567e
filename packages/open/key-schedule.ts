import { hash } from 'node:crypto';
import { SEAL_INFO } from '@holdfast/envelope';

/**
 * HPKE's key schedule in base mode (RFC 9180, section 5.1) for the one suite: KEM 0x647a, HKDF-SHA256
 * (0x0001), AES-256-GCM (0x0002). `info` is the same for every value, so that what depends on it alone is
 * computed once.
 */
const SUITE_ID = Buffer.concat([Buffer.from('HPKE'), Buffer.from([0x64, 0x7a, 0x00, 0x01, 0x00, 0x02])]);
const VERSION = Buffer.from('HPKE-v1');
const EMPTY = Buffer.alloc(0);
const BASE_MODE = Buffer.from([0]);
const HASH_BYTES = 32;
const BLOCK_BYTES = 64;
/** HMAC's two paddings (RFC 2104, section 2). */
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const KEY_SCHEDULE_CONTEXT = Buffer.concat([
  BASE_MODE,
  labeledExtract(EMPTY, 'psk_id_hash', EMPTY),
  labeledExtract(EMPTY, 'info_hash', SEAL_INFO),
]);

/** The AES-256-GCM key (32 bytes) and the nonce of the first and only message (12 bytes). */
export function keyAndNonce(sharedSecret: Uint8Array): { key: Buffer; nonce: Buffer } {
  const secret = labeledExtract(sharedSecret, 'secret', EMPTY);
  const key = labeledExpand(secret, 'key', 32);
  const nonce = labeledExpand(secret, 'base_nonce', 12);
  secret.fill(0);
  return { key, nonce };
}

/** RFC 9180, section 4, over HKDF-Extract (RFC 5869, section 2.2). */
function labeledExtract(salt: Uint8Array, label: string, material: Uint8Array): Buffer {
  return hmac(salt, Buffer.concat([VERSION, SUITE_ID, Buffer.from(label), material]));
}

/**
 * RFC 9180, section 4, over HKDF-Expand (RFC 5869, section 2.3). At most 32 bytes, so that one block of HMAC
 * is enough.
 */
function labeledExpand(secret: Buffer, label: string, length: 12 | 32): Buffer {
  const info = [Buffer.from([0, length]), VERSION, SUITE_ID, Buffer.from(label), KEY_SCHEDULE_CONTEXT, Buffer.from([1])];
  return hmac(secret, Buffer.concat(info)).subarray(0, length);
}

/**
 * HMAC-SHA256 (RFC 2104) with a key of at most 64 bytes, over the one-shot hash: an Hmac object of
 * node:crypto and the object of its key take several times as long to make, and to collect.
 */
function hmac(key: Uint8Array, message: Uint8Array): Buffer {
  if (key.length > BLOCK_BYTES) throw new RangeError('A longer key would have to be hashed first.');
  const inner = Buffer.alloc(BLOCK_BYTES + message.length, INNER_PAD);
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, OUTER_PAD);
  for (let at = 0; at < key.length; at += 1) {
    inner[at] = (key[at] as number) ^ INNER_PAD;
    outer[at] = (key[at] as number) ^ OUTER_PAD;
  }
  inner.set(message, BLOCK_BYTES);
  outer.set(hash('sha256', inner, 'buffer'), BLOCK_BYTES);
  const code = hash('sha256', outer, 'buffer');
  inner.fill(0);
  outer.fill(0);
  return code;
}
