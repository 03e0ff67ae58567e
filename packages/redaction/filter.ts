/**
 * What begins with which four bytes, and with which four behind those: bits, found by a hash. A text is
 * compared with any number of forms by one read for each of its places. What was taken out may still be said
 * to be there, until the filter is made again.
 */
export interface Filter {
  readonly bits: Uint32Array;
  /** Of {@link hashOf}: how far the product is shifted to be a place among the bits. */
  readonly shift: number;
  /** How often something was put in. */
  changes: number;
}

/** Eight bytes, each four as one number; without `next` anything may follow. */
export interface Key {
  readonly four: number;
  readonly next: number | undefined;
}

const SMALLEST_BITS = 13;
/** 512 KiB stay in a processor's cache. */
const LARGEST_BITS = 22;
/** So many bits for each key: most are empty. */
const BITS_FOR_KEY = 64;
/** It is not made again for fewer. */
const REMOVED_AT_LEAST = 1_024;

/** What a filter was made of, and is made of again when it is full, or half of it is gone. */
export interface KeyFilter {
  readonly filter: Filter;
  add(key: Key): void;
  /** One that was added. */
  remove(key: Key): void;
}

/** Without keys, and small. It grows with what is added. */
export function createKeyFilter(): KeyFilter {
  const keys = new Set<Key>();
  let entered = 0;
  let filter = createFilter(keys, 0);
  const refill = () => {
    filter = createFilter(keys, keys.size);
    entered = keys.size;
  };
  return {
    get filter() {
      return filter;
    },
    add(key) {
      keys.add(key);
      entered += 1;
      if (isFull(filter, entered)) refill();
      else enter(filter, key);
    },
    remove(key) {
      keys.delete(key);
      if (entered > 2 * keys.size + REMOVED_AT_LEAST) refill();
    },
  };
}

/** A filter with room for twice as many keys. */
function createFilter(keys: Iterable<Key>, count: number): Filter {
  const bits = Math.min(LARGEST_BITS, Math.max(SMALLEST_BITS, Math.ceil(Math.log2(count * 2 * BITS_FOR_KEY + 1))));
  const filter = { bits: new Uint32Array(2 ** (bits - 5)), shift: 32 - bits, changes: 0 };
  for (const key of keys) enter(filter, key);
  return filter;
}

/** Whether it is too small for so many keys: make another. */
function isFull({ shift }: Filter, count: number): boolean {
  const bits = 32 - shift;
  return bits < LARGEST_BITS && count * BITS_FOR_KEY > 2 ** bits;
}

/** Puts one key more in; a filter that is then full lets more and more through. */
function enter(filter: Filter, { four, next }: Key): void {
  filter.changes += 1;
  const first = hashOf(four, filter.shift);
  set(filter, first);
  set(filter, next === undefined ? anyNext(first) : both(four, next, filter.shift));
}

/** Whether a key may have these first four bytes: read this at every place. */
export function mayStartWith({ bits, shift }: Filter, four: number): boolean {
  const place = Math.imul(four, 0x9e3779b1) >>> shift;
  return (((bits[place >>> 5] as number) >>> (place & 31)) & 1) === 1;
}

/** Of four bytes that may begin a key: whether it may go on with these. */
export function mayContinueWith(filter: Filter, four: number, next: number): boolean {
  return has(filter, both(four, next, filter.shift)) || has(filter, anyNext(hashOf(four, filter.shift)));
}

/**
 * Four bytes of a form from `at` on as a signed number of 32 bits, the first byte lowest. Those behind its
 * end count as 0.
 *
 * @param form one character (U+0000 to U+00FF) for each byte.
 */
export function uint32OfForm(form: string, at: number): number {
  return form.charCodeAt(at) | (form.charCodeAt(at + 1) << 8) | (form.charCodeAt(at + 2) << 16) | (form.charCodeAt(at + 3) << 24);
}

/** The same of a text: what {@link mayStartWith} and {@link mayContinueWith} are asked about. */
export function uint32At(text: Uint8Array, at: number): number {
  return (text[at] as number) | ((text[at + 1] as number) << 8) | ((text[at + 2] as number) << 16) | ((text[at + 3] as number) << 24);
}

/** Multiplicative hashing: the upper bits of a product with 2³² divided by the golden ratio. */
function hashOf(four: number, shift: number): number {
  return Math.imul(four, 0x9e3779b1) >>> shift;
}

function both(four: number, next: number, shift: number): number {
  return hashOf(Math.imul(four, 0x85ebca6b) ^ (hashOf(next, 0) | 0), shift);
}

function anyNext(first: number): number {
  return first ^ 1;
}

function set({ bits }: Filter, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] as number) | (1 << (place & 31));
}

function has({ bits }: Filter, place: number): boolean {
  return (((bits[place >>> 5] as number) >>> (place & 31)) & 1) === 1;
}
