import { createHash, randomBytes } from 'node:crypto';

const RANDOM_BYTES = 32;

/** What a token is for stands in its first letters, so that scanners for leaked tokens and people can tell. */
export const TOKEN_PREFIXES = { access: 'hf_', invitation: 'hfi_', setup: 'hfs_' } as const;

/** A token of 256 random bits. Only its hash is kept. */
export function newToken(purpose: keyof typeof TOKEN_PREFIXES): string {
  return TOKEN_PREFIXES[purpose] + randomBytes(RANDOM_BYTES).toString('base64url');
}

/** SHA-256. A slow hash would add nothing: 256 random bits cannot be guessed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
