import { createHash } from 'node:crypto';

/** SHA-256. A slow hash would add nothing: 256 random bits cannot be guessed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
