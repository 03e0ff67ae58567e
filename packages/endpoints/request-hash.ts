import { createHash } from 'node:crypto';

/**
 * Tells a request that is sent again from another one: SHA-256 of what was read of it, whose fields come in
 * the order of their schema. A client that did not get the answer may send the very same again, and is
 * answered as before.
 */
export function requestHash(read: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(read)).digest();
}
