import { type Cores, coreOf, createCores } from './cores.ts';
import { createFilter, enter, type Filter, fourBytes, isFull } from './filter.ts';
import { type Form, SHORTEST_FORM_BYTES } from './forms.ts';

/** The forms from `low` up to `high` (not included), which agree in their first `length` bytes. */
export interface Prefix {
  readonly forms: readonly string[];
  readonly low: number;
  readonly high: number;
  readonly length: number;
}

/**
 * Forms, sorted by their bytes: those that begin alike stand side by side, so that one walk along the text
 * compares with all of them at once, however many there are. A form is a byte string (one character a byte)
 * of {@link SHORTEST_FORM_BYTES} at least.
 */
export interface SortedForms {
  readonly size: number;
  /** By first byte. */
  readonly beginning: readonly (readonly string[])[];
  /** Says of most places of a text without escapes that no form begins there. */
  readonly filter: Filter;
  /** A form that is added twice stays until it is removed twice. */
  add(forms: readonly string[]): void;
  remove(forms: readonly string[]): void;
}

/** All forms that are looked for. They come and go with their values. */
export interface PatternIndex {
  readonly all: SortedForms;
  /** By which most of them are found. */
  readonly cores: Cores;
  /** Those that have no core: they are looked for at every place. */
  readonly coreless: SortedForms;
  add(forms: readonly Form[]): void;
  remove(forms: readonly Form[]): void;
}

/** Stands for all lists that are empty, and is never written. */
const NO_FORMS: string[] = [];
/** Of a list of so many times as many forms, a few are put in one by one. */
const FEW = 16;

/** Empty, and small: a use makes one of its own. */
export function createPatternIndex(): PatternIndex {
  const all = createSortedForms();
  const cores = createCores();
  const coreless = createSortedForms();
  const change = (forms: readonly Form[], by: 'add' | 'remove') => {
    const without: string[] = [];
    for (const { bytes, asItIs } of forms) {
      const core = coreOf(bytes, asItIs);
      if (core === undefined) without.push(bytes);
      else cores[by](bytes, core);
    }
    all[by](forms.map(({ bytes }) => bytes));
    if (without.length > 0) coreless[by](without);
  };
  return { all, cores, coreless, add: (forms) => change(forms, 'add'), remove: (forms) => change(forms, 'remove') };
}

/** Empty. Forms of under 8 bytes throw a RangeError when they are put in. */
export function createSortedForms(): SortedForms {
  const beginning: string[][] = new Array(256).fill(NO_FORMS);
  const holders = new Map<string, number>();
  let filter = createFilter([], 0);
  let entered = 0;

  const keyOf = (form: string) => ({ four: fourBytes(form, 0), next: fourBytes(form, 4) });
  const refill = () => {
    filter = createFilter([...holders.keys()].map(keyOf), holders.size);
    entered = holders.size;
  };
  return {
    get size() {
      return holders.size;
    },
    beginning,
    get filter() {
      return filter;
    },
    add(forms) {
      const added: string[] = [];
      for (const form of forms) {
        if (form.length < SHORTEST_FORM_BYTES) throw new RangeError(`A form has at least ${SHORTEST_FORM_BYTES} bytes.`);
        const held = holders.get(form) ?? 0;
        holders.set(form, held + 1);
        if (held === 0) added.push(form);
      }
      for (const [byte, more] of byFirstByte(added)) {
        const list = beginning[byte] ?? NO_FORMS;
        if (more.length * FEW < list.length) for (const form of more) list.splice(placeOf(list, form), 0, form);
        else beginning[byte] = merged(list, more.sort());
      }
      entered += added.length;
      if (isFull(filter, entered)) refill();
      else for (const form of added) enter(filter, keyOf(form));
    },
    remove(forms) {
      const removed: string[] = [];
      for (const form of forms) {
        const held = holders.get(form) ?? 0;
        if (held > 1) holders.set(form, held - 1);
        else if (holders.delete(form)) removed.push(form);
      }
      for (const [byte, fewer] of byFirstByte(removed)) {
        const list = beginning[byte] ?? NO_FORMS;
        for (const form of fewer) list.splice(placeOf(list, form), 1);
      }
      // Half of what the filter says is not there any more.
      if (entered > 2 * holders.size + 64) refill();
    },
  };
}

function byFirstByte(forms: readonly string[]): Map<number, string[]> {
  return Map.groupBy(forms, (form) => form.charCodeAt(0));
}

/** Where a form is, or belongs. */
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

/** Two sorted lists as one. */
function merged(some: readonly string[], others: readonly string[]): string[] {
  const all: string[] = [];
  let other = 0;
  for (const form of some) {
    for (; other < others.length && (others[other] as string) < form; other += 1) all.push(others[other] as string);
    all.push(form);
  }
  for (; other < others.length; other += 1) all.push(others[other] as string);
  return all;
}

/** What is left of the forms when one byte more of the text is known; `undefined` when none is. */
export function follow(prefix: Prefix, byte: number): Prefix | undefined {
  const { forms, low, high, length } = prefix;
  if (high - low === 1) return forms[low]?.charCodeAt(length) === byte ? { forms, low, high, length: length + 1 } : undefined;
  const first = bound(prefix, low, byte);
  if (first === high || forms[first]?.charCodeAt(length) !== byte) return undefined;
  return { forms, low: first, high: bound(prefix, first, byte + 1), length: length + 1 };
}

/**
 * The first form from `from` on whose next byte is this one or greater. A form that ends there comes first.
 */
function bound({ forms, high: end, length }: Prefix, from: number, byte: number): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const next = forms[middle]?.charCodeAt(length);
    if (next === undefined || !(next >= byte)) low = middle + 1;
    else high = middle;
  }
  return low;
}
