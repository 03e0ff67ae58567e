import { createHmac, createSecretKey, type Hmac } from 'node:crypto';
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
  return hmac(salt).update(VERSION).update(SUITE_ID).update(label).update(material).digest();
}

/**
 * RFC 9180, section 4, over HKDF-Expand (RFC 5869, section 2.3). At most 32 bytes, so that one block of HMAC
 * is enough.
 */
function labeledExpand(secret: Buffer, label: string, length: 12 | 32): Buffer {
  const lengthBytes = Buffer.from([0, length]);
  const block = hmac(secret)
    .update(lengthBytes)
    .update(VERSION)
    .update(SUITE_ID)
    .update(label)
    .update(KEY_SCHEDULE_CONTEXT)
    .update(Buffer.from([1]))
    .digest();
  return block.subarray(0, length);
}

/** A key object first: HMAC with bare bytes for a key takes three times as long. */
function hmac(key: Uint8Array): Hmac {
  return createHmac('sha256', createSecretKey(key));
}
