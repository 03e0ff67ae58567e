import { isCanonicalUuid } from '@holdfast/envelope';

const WORDS = 4;
const SMALLEST_SLOTS = 1_024;
/** Of its slots, so many are taken at the most: then looking takes a step or two. */
const FULL = 0.75;

/**
 * Ids that are never taken out again, 16 bytes each with some room between: of a million strings the
 * collector would have to look at each, and keep ten times as much. An id that is no UUID in lower case is
 * kept as it is.
 */
export interface IdSet extends Iterable<string> {
  readonly size: number;
  has(id: string): boolean;
  add(id: string): void;
}

/** An empty one. It grows by doubling, and never shrinks. */
export function createIdSet(): IdSet {
  let slots = SMALLEST_SLOTS;
  let words = new Uint32Array(slots * WORDS);
  let size = 0;
  const others = new Set<string>();

  /** Where an id is, or would be. A slot of zeros is free: no UUID is all zeros. */
  function slotOf(id: Uint32Array, table: Uint32Array, count: number): number {
    for (let slot = hashOf(id) >>> (Math.clz32(count) + 1); ; slot = (slot + 1) & (count - 1)) {
      const at = slot * WORDS;
      const [a = 0, b = 0, c = 0, d = 0] = [table[at], table[at + 1], table[at + 2], table[at + 3]];
      if ((a | b | c | d) === 0 || (a === id[0] && b === id[1] && c === id[2] && d === id[3])) return at;
    }
  }

  function grow(): void {
    const larger = new Uint32Array(slots * 2 * WORDS);
    for (let at = 0; at < words.length; at += WORDS) {
      const id = words.subarray(at, at + WORDS);
      if (!isFree(words, at)) larger.set(id, slotOf(id, larger, slots * 2));
    }
    slots *= 2;
    words = larger;
  }

  return {
    get size() {
      return size + others.size;
    },
    has(id) {
      const packed = packedId(id);
      return packed === undefined ? others.has(id) : !isFree(words, slotOf(packed, words, slots));
    },
    add(id) {
      const packed = packedId(id);
      if (packed === undefined) {
        others.add(id);
        return;
      }
      if (size + 1 > slots * FULL) grow();
      const at = slotOf(packed, words, slots);
      if (!isFree(words, at)) return;
      words.set(packed, at);
      size += 1;
    },
    *[Symbol.iterator]() {
      for (let at = 0; at < words.length; at += WORDS) if (!isFree(words, at)) yield textOf(words.subarray(at, at + WORDS));
      yield* others;
    },
  };
}

/**
 * Drawn by each process: who seals a secret chooses its id, and must not be able to choose many that meet
 * in one slot. Multiply-shift hashing (Dietzfelbinger 1997), of which the upper bits are taken.
 */
const FACTORS = crypto.getRandomValues(new Uint32Array(WORDS)).map((factor) => factor | 1);

function hashOf(id: Uint32Array): number {
  let hash = 0;
  for (let word = 0; word < WORDS; word += 1) hash = (hash + Math.imul(id[word] as number, FACTORS[word] as number)) | 0;
  return hash;
}

function isFree(words: Uint32Array, at: number): boolean {
  return ((words[at] as number) | (words[at + 1] as number) | (words[at + 2] as number) | (words[at + 3] as number)) === 0;
}

function packedId(id: string): Uint32Array | undefined {
  if (!isCanonicalUuid(id)) return undefined;
  const hex = id.replaceAll('-', '');
  const packed = new Uint32Array(WORDS);
  for (let word = 0; word < WORDS; word += 1) packed[word] = Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16);
  return isFree(packed, 0) ? undefined : packed;
}

function textOf(words: Uint32Array): string {
  const hex = Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
