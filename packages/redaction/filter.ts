/**
 * Two tables of counts, by a hash of a form's first four bytes and of the next four. Where a text has no
 * such four bytes, and no escape, no form begins: two reads settle that, however many forms there are.
 */
export interface Filter {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  /** Of {@link hashOf}: how far the product is shifted to be a place in the tables. */
  readonly shift: number;
  enter(form: string): void;
  leave(form: string): void;
  /** Whether it is too small for so many forms: make another. */
  isFull(forms: number): boolean;
}

const SMALLEST_BITS = 10;
/** Two tables of 256 KiB stay in a processor's cache. */
const LARGEST_BITS = 18;
/** A table has so many places for each form: most are empty. */
const PLACES_FOR_FORM = 16;
/** A place that was entered so often is never empty again. */
const SATURATED = 255;

/** A filter with all of these forms in it, and room for four times as many. */
export function createFilter(forms: readonly string[]): Filter {
  const bits = Math.min(LARGEST_BITS, Math.max(SMALLEST_BITS, Math.ceil(Math.log2(forms.length * 4 * PLACES_FOR_FORM + 1))));
  const shift = 32 - bits;
  const first = new Uint8Array(2 ** bits);
  const second = new Uint8Array(2 ** bits);
  const count = (table: Uint8Array, place: number, by: 1 | -1) => {
    const counted = table[place] ?? 0;
    if (counted < SATURATED) table[place] = counted + by;
  };
  const enter = (form: string, by: 1 | -1) => {
    const four = fourBytes(form, 0);
    count(first, hashOf(four, shift), by);
    count(second, hashOf(four ^ hashOf(fourBytes(form, 4), 0), shift), by);
  };
  for (const form of forms) enter(form, 1);
  return {
    first,
    second,
    shift,
    enter: (form) => enter(form, 1),
    leave: (form) => enter(form, -1),
    isFull: (length) => bits < LARGEST_BITS && length * PLACES_FOR_FORM > first.length,
  };
}

/** Multiplicative hashing: the upper bits of a product with 2³² divided by the golden ratio. */
export function hashOf(four: number, shift: number): number {
  return Math.imul(four, 0x9e3779b1) >>> shift;
}

function fourBytes(form: string, at: number): number {
  return (form.charCodeAt(at) << 24) | (form.charCodeAt(at + 1) << 16) | (form.charCodeAt(at + 2) << 8) | form.charCodeAt(at + 3);
}
