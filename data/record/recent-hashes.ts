/** Bytes of a SHA-256. */
const HASH_BYTES = 32;
const SEGMENT_HASHES = 256;

/**
 * The hashes of the newest entries of a log, by their numbers, which have no gap. They lie one behind the
 * other: as objects of their own they would take ten times as much, for every organization whose log is
 * followed.
 */
export interface RecentHashes {
  /** The next one; the oldest is forgotten when there are too many. */
  add(sequence: number, hash: Buffer): void;
  /** `undefined` when it was never added, or is forgotten. */
  get(sequence: number): Buffer | undefined;
}

/** @param kept as many of them are kept at least. */
export function createRecentHashes(kept: number): RecentHashes {
  const segments = Math.ceil(kept / SEGMENT_HASHES);
  const maximum = segments * SEGMENT_HASHES;
  const bytes: Buffer[] = [];
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  const placeOf = (sequence: number) => ({
    segment: Math.floor(sequence / SEGMENT_HASHES) % segments,
    start: (sequence % SEGMENT_HASHES) * HASH_BYTES,
  });
  return {
    add(sequence, hash) {
      const { segment, start } = placeOf(sequence);
      bytes[segment] ??= Buffer.alloc(SEGMENT_HASHES * HASH_BYTES);
      hash.copy(bytes[segment], start);
      last = sequence;
      first = Math.max(Math.min(first, sequence), last - maximum + 1);
    },
    get(sequence) {
      if (sequence < first || sequence > last) return undefined;
      const { segment, start } = placeOf(sequence);
      return bytes[segment]?.subarray(start, start + HASH_BYTES);
    },
  };
}
