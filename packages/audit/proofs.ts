import { foldRow, HASH_BYTES, LogTree, nodeHash, splitHashes, TILE_WIDTH } from './log-tree.ts';

/**
 * Reads the hashes of a tile, 32 bytes each: all 256 of a full tile, the first ones of the partial tile at
 * the right edge. `level` and `index` are those of {@link Tile}.
 */
export type ReadTile = (level: number, index: number) => Promise<Uint8Array>;

/**
 * The proof that the leaf `index` (from 0) is in the tree of `size` leaves: RFC 9162, section 2.1.3.1, lowest
 * sibling first.
 *
 * @throws RangeError when the tree has no such leaf.
 */
export async function inclusionProof(index: number, size: number, readTile: ReadTile): Promise<Buffer[]> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError('The tree has no such leaf.');
  const path = async (start: number, end: number): Promise<Buffer[]> => {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    return index < middle
      ? [...(await path(start, middle)), await rangeHash(middle, end, readTile)]
      : [...(await path(middle, end)), await rangeHash(start, middle, readTile)];
  };
  return path(0, size);
}

/**
 * The proof that the tree of `first` leaves is the beginning of the tree of `second` leaves: RFC 9162,
 * section 2.1.4.1. Empty when the sizes are equal or `first` is 0.
 *
 * @throws RangeError when `first` is larger than `second`.
 */
export async function consistencyProof(first: number, second: number, readTile: ReadTile): Promise<Buffer[]> {
  if (!Number.isSafeInteger(first) || first < 0 || first > second) throw new RangeError('The first tree is larger than the second.');
  const subproof = async (size: number, start: number, end: number, whole: boolean): Promise<Buffer[]> => {
    if (size === end - start) return whole ? [] : [await rangeHash(start, end, readTile)];
    const left = splitOf(end - start);
    return size <= left
      ? [...(await subproof(size, start, start + left, whole)), await rangeHash(start + left, end, readTile)]
      : [...(await subproof(size - left, start + left, end, false)), await rangeHash(start, start + left, readTile)];
  };
  return first === 0 || first === second ? [] : subproof(first, 0, second, true);
}

/** Whether the proof shows the leaf at `index` in the tree: RFC 9162, section 2.1.3.2. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  tree: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= tree.size || !areHashes(proof)) return false;
  let [fn, sn] = [BigInt(index), BigInt(tree.size - 1)];
  let hash: Buffer = Buffer.from(leaf);
  for (const sibling of proof) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = nodeHash(sibling, hash);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && hash.equals(tree.root);
}

interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * Whether the proof shows that the second tree extends the first: RFC 9162, section 2.1.4.2. Every tree
 * extends the empty one.
 */
export function verifyConsistency(first: TreeHead, second: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (!Number.isSafeInteger(first.size) || first.size < 0 || first.size > second.size || !areHashes(proof)) return false;
  if (first.size === 0) return proof.length === 0 && new LogTree().root().equals(first.root);
  if (first.size === second.size) return proof.length === 0 && Buffer.from(first.root).equals(second.root);
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof;
  const [seed, ...rest] = path;
  if (seed === undefined) return false;
  let [fn, sn] = [BigInt(first.size - 1), BigInt(second.size - 1)];
  while ((fn & 1n) === 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  let [fr, sr]: [Buffer, Buffer] = [Buffer.from(seed), Buffer.from(seed)];
  for (const hash of rest) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = nodeHash(hash, fr);
      sr = nodeHash(hash, sr);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else sr = nodeHash(sr, hash);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && fr.equals(first.root) && sr.equals(second.root);
}

function areHashes(proof: readonly Uint8Array[]): boolean {
  return proof.every(({ length }) => length === HASH_BYTES);
}

/** The Merkle tree hash of the leaves from `start` to `end`, a range that the RFC's splits lead to. */
async function rangeHash(start: number, end: number, readTile: ReadTile): Promise<Buffer> {
  const size = end - start;
  if (isPowerOfTwo(size)) return perfectHash(start, size, readTile);
  const middle = start + splitOf(size);
  return nodeHash(await rangeHash(start, middle, readTile), await rangeHash(middle, end, readTile));
}

async function perfectHash(start: number, size: number, readTile: ReadTile): Promise<Buffer> {
  let [level, unit] = [0, 1];
  while (unit * TILE_WIDTH <= size) [level, unit] = [level + 1, unit * TILE_WIDTH];
  const [first, count] = [start / unit, size / unit];
  const tile = await readTile(level, Math.floor(first / TILE_WIDTH));
  const at = (first % TILE_WIDTH) * HASH_BYTES;
  if (tile.length < at + count * HASH_BYTES) throw new RangeError('A tile has fewer hashes than the tree needs.');
  return foldRow(splitHashes(Buffer.from(tile.subarray(at, at + count * HASH_BYTES))));
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

function isPowerOfTwo(size: number): boolean {
  return splitOf(size + 1) === size;
}
