import { createFilter, type Filter } from './filter.ts';

/** The forms from `low` up to `high` (not included), which agree in their first `length` bytes. */
export interface Prefix {
  readonly low: number;
  readonly high: number;
  readonly length: number;
}

/**
 * All forms that are looked for, sorted: those that begin alike stand side by side, so that one walk along
 * the text compares with all of them at once, however many there are. Forms come and go one by one. A form is
 * a byte string (one character a byte) of {@link SHORTEST_FORM_BYTES} at least.
 */
export interface PatternIndex {
  readonly forms: readonly string[];
  /** By first byte, where the forms stand that begin with it: from there up to the entry of the next byte. */
  readonly begins: Uint32Array;
  /** Says of most places of a text that no form begins there. */
  readonly filter: Filter;
  /** A form that is added twice stays until it is removed twice. */
  add(form: string): void;
  remove(form: string): void;
}

/** What the filter looks at. */
export const SHORTEST_FORM_BYTES = 8;

/** Empty, and small: a use makes one of its own. */
export function createPatternIndex(): PatternIndex {
  const forms: string[] = [];
  const holders = new Map<string, number>();
  const begins = new Uint32Array(257);
  let filter = createFilter(forms);

  const countFirst = (form: string, by: 1 | -1) => {
    for (let byte = form.charCodeAt(0) + 1; byte < begins.length; byte++) begins[byte] = (begins[byte] ?? 0) + by;
  };
  return {
    forms,
    begins,
    get filter() {
      return filter;
    },
    add(form) {
      if (form.length < SHORTEST_FORM_BYTES) throw new RangeError(`A form has at least ${SHORTEST_FORM_BYTES} bytes.`);
      const held = holders.get(form) ?? 0;
      holders.set(form, held + 1);
      if (held > 0) return;
      forms.splice(placeOf(forms, form), 0, form);
      countFirst(form, 1);
      if (filter.isFull(forms.length)) filter = createFilter(forms);
      else filter.enter(form);
    },
    remove(form) {
      const held = holders.get(form) ?? 0;
      if (held > 1) {
        holders.set(form, held - 1);
      } else if (holders.delete(form)) {
        forms.splice(placeOf(forms, form), 1);
        countFirst(form, -1);
        filter.leave(form);
      }
    },
  };
}

/** What is left of the forms when one byte more of the text is known; `undefined` when none is. */
export function follow(forms: readonly string[], prefix: Prefix, byte: number): Prefix | undefined {
  const { low, high, length } = prefix;
  if (high - low === 1) return forms[low]?.charCodeAt(length) === byte ? { low, high, length: length + 1 } : undefined;
  const first = bound(forms, prefix, byte);
  if (first === high || forms[first]?.charCodeAt(length) !== byte) return undefined;
  const end = bound(forms, { low: first, high, length }, byte + 1);
  return { low: first, high: end, length: length + 1 };
}

/** Where a form is, or belongs. Byte strings sort by their bytes. */
function placeOf(forms: readonly string[], form: string): number {
  let low = 0;
  let high = forms.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((forms[middle] ?? '') < form) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first form of a prefix whose next byte is this one or greater. A form that ends there comes first. */
function bound(forms: readonly string[], prefix: Prefix, byte: number): number {
  let { low, high } = prefix;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const next = forms[middle]?.charCodeAt(prefix.length);
    if (next === undefined || !(next >= byte)) low = middle + 1;
    else high = middle;
  }
  return low;
}
