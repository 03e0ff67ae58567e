import { createHash } from 'node:crypto';

/** What the database keeps of a token: its SHA-256. The token has 256 random bits. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
