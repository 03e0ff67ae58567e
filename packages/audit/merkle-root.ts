import { createHash } from 'node:crypto';

/** The Merkle tree hash of RFC 9162, section 2.1.1: with it, one organization's line can be proven without showing the others. */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  let level = leaves.map((leaf) => hash(0, leaf));
  // Pairing from the left and carrying an odd last node up gives the same tree as the RFC's split at a power of two.
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let position = 0; position < level.length; position += 2) {
      const [left, right] = level.slice(position, position + 2);
      if (left !== undefined) above.push(right === undefined ? left : hash(1, left, right));
    }
    level = above;
  }
  return level[0] ?? createHash('sha256').digest();
}

function hash(prefix: 0 | 1, ...parts: readonly Uint8Array[]): Buffer {
  const digest = createHash('sha256').update(Uint8Array.of(prefix));
  for (const part of parts) digest.update(part);
  return digest.digest();
}
