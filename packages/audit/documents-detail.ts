import { createHash } from 'node:crypto';

export interface DigestedDocument {
  readonly id: string;
  readonly size: number;
  readonly sha256: Buffer;
}

/**
 * What the record says of any number of documents: how many, how many bytes, and a digest that commits to
 * each. The digest is the SHA-256, in hexadecimal, of one line `id SP size SP sha256-in-hexadecimal LF` for
 * each document, in the order of the ids.
 */
export function documentsDetail(documents: readonly DigestedDocument[]): { documents: number; bytes: number; digest: string } {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { id, size, sha256 } of documents.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    hash.update(`${id} ${size} ${sha256.toString('hex')}\n`);
    bytes += size;
  }
  return { documents: documents.length, bytes, digest: hash.digest('hex') };
}
