import { createHash } from 'node:crypto';

/**
 * What the database keeps of a token: its SHA-256. A slow hash would add nothing, since the 256 random bits
 * of a token cannot be guessed.
 */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
