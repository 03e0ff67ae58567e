import { hash as digest } from 'node:crypto';

/** Of SHA-256. */
export const HASH_BYTES = 32;
/** A tile holds 2^8 hashes, as c2sp.org/tlog-tiles cuts a tree. */
export const TILE_WIDTH = 256;

/** A full tile: 256 hashes of the tree's level 8 × `level`, from index 256 × `index`. 8,192 bytes. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
}

/**
 * The right edge of a Merkle tree (RFC 9162, section 2.1.1), as the partial tiles of each level: enough to
 * append to the tree and to compute its root, whatever its size. At most 8 KiB for each factor of 256.
 */
export class LogTree {
  #size = 0;
  /** The hashes of the partial tile at each level. */
  readonly #levels: Buffer[][] = [];

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf's hash. Answers the tiles that it filled. */
  append(hash: Uint8Array): Tile[] {
    if (hash.length !== HASH_BYTES) throw new RangeError('A leaf hash has 32 bytes.');
    const filled: Tile[] = [];
    let carried: Buffer | undefined = Buffer.from(hash);
    for (let level = 0; carried !== undefined; level++) {
      const hashes = this.#levels[level] ?? [];
      this.#levels[level] = hashes;
      hashes.push(carried);
      carried = undefined;
      if (hashes.length < TILE_WIDTH) break;
      const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1));
      filled.push({ level, index, hashes: Buffer.concat(hashes) });
      carried = foldRow(hashes);
      hashes.length = 0;
    }
    this.#size += 1;
    return filled;
  }

  /** The Merkle tree hash; that of no leaves is SHA-256 of nothing. */
  root(): Buffer {
    // From the lowest level, each the right neighbour of the one above.
    let right: Buffer | undefined;
    for (const hashes of this.#levels) {
      const row: Buffer[] = right === undefined ? hashes : [...hashes, right];
      if (row.length > 0) right = foldRow(row);
    }
    return right ?? sha256();
  }

  /** The partial tiles, lowest level first, to store; see {@link LogTree.restore}. */
  levels(): Buffer[] {
    return this.#levels.map((hashes) => Buffer.concat(hashes));
  }

  /** @throws RangeError when the levels cannot be the edge of a tree of this size. */
  static restore(size: number, levels: readonly Uint8Array[]): LogTree {
    const tree = new LogTree();
    tree.#size = size;
    let left = size;
    for (const bytes of levels) {
      if (bytes.length !== (left % TILE_WIDTH) * HASH_BYTES) throw new RangeError('The levels do not belong to a tree of this size.');
      tree.#levels.push(splitHashes(Buffer.from(bytes)));
      left = Math.floor(left / TILE_WIDTH);
    }
    if (left > 0) throw new RangeError('A tree of this size has more levels.');
    return tree;
  }
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function sha256(...parts: Uint8Array[]): Buffer {
  return digest('sha256', Buffer.concat(parts), 'buffer');
}

/** SHA-256 of 0x00 and the data, 32 bytes: MTH of one entry (RFC 9162, 2.1.1). */
export function leafHash(data: Uint8Array): Buffer {
  return sha256(LEAF, data);
}

/** SHA-256 of 0x01 and both hashes, 32 bytes: an inner node (RFC 9162, 2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/**
 * The root over hashes of one level, at least one: pairing from the left and carrying an odd last one up is
 * the RFC's split at a power of two.
 */
export function foldRow(row: readonly Buffer[]): Buffer {
  let level = row;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let position = 0; position < level.length; position += 2) {
      const left = level[position] as Buffer;
      const right = level[position + 1];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    level = above;
  }
  return level[0] as Buffer;
}

/** The hashes of a tile or a part of one, in order: parts of the same memory, 32 bytes each. */
export function splitHashes(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}
