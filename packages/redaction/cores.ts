import { createFilter, enter, type Filter, fourBytes, isFull, type Key } from './filter.ts';
import { ENOUGH_BYTES } from './forms.ts';

/** Forms that agree up to the end of their core. */
export interface Core {
  /** The bytes up to the core, and the core itself, which are its last {@link CORE_BYTES}. */
  readonly prefix: string;
  /** The four bytes behind the core, where they are as certain. */
  readonly next: number | undefined;
  holders: number;
}

/**
 * Four bytes of each form by which it is found, wherever in its beginning they stand: letters and digits,
 * which no usual encoding changes. So a text is looked through as it stands, and escapes are read only where
 * a core was found, or where one of them may stand for a letter or digit.
 */
export interface Cores {
  readonly size: number;
  readonly filter: Filter;
  /** Those with these four bytes. */
  at(four: number): readonly Core[];
  add(form: string, core: Place): void;
  remove(form: string, core: Place): void;
}

/** Where in a form its core begins, and whether the four bytes behind it are as certain. */
export interface Place {
  readonly offset: number;
  readonly long: boolean;
}

export const CORE_BYTES = 4;
const LONG_CORE_BYTES = 8;
/** Words do not change so often. */
const ENOUGH_CHANGES = 4;
const NONE: readonly Core[] = [];
/** Stands for what follows a core of four bytes; no byte itself. */
const ANYTHING = '\u0100';

/** Letters, digits, and the zeros of UTF-16. */
export const CORE_CHARACTERS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 || /[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Signs, digits, upper case, lower case. */
const KIND: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x61 ? 3 : byte >= 0x41 ? 2 : byte >= 0x30 ? 1 : 0));

/**
 * The four bytes of a form's beginning that are least like a word, with four more behind them if there are:
 * those among which digits, lower case and upper case change most often.
 *
 * @param asItIs of a form that is written without escapes: any of its bytes.
 * @returns `undefined` when no four such bytes stand together.
 */
export function coreOf(form: string, asItIs: boolean): Place | undefined {
  const end = Math.min(form.length, ENOUGH_BYTES);
  let best: Place | undefined;
  let mostChanges = -1;
  let run = 0;
  let changes = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = form.charCodeAt(at);
    if (!asItIs && CORE_CHARACTERS[byte] === 0) {
      run = 0;
      changes = 0;
      continue;
    }
    if (run > 0 && KIND[byte] !== KIND[form.charCodeAt(at - 1)]) changes += 1;
    run += 1;
    if (run > LONG_CORE_BYTES) {
      run = LONG_CORE_BYTES;
      if (KIND[form.charCodeAt(at - LONG_CORE_BYTES)] !== KIND[form.charCodeAt(at - LONG_CORE_BYTES + 1)]) changes -= 1;
    }
    const long = run === LONG_CORE_BYTES;
    if (long ? best?.long === true && changes <= mostChanges : run !== CORE_BYTES || (best !== undefined && changes <= mostChanges))
      continue;
    best = { offset: at - run + 1, long };
    mostChanges = changes;
    if (long && changes >= ENOUGH_CHANGES) return best;
  }
  return best;
}

/** Empty, and small: a use makes one of its own. */
export function createCores(): Cores {
  const byFour = new Map<number, Map<string, Core>>();
  const lists = new Map<number, readonly Core[]>();
  const keys = new Map<string, Key>();
  let entered = 0;
  let filter = createFilter([], 0);

  const refill = () => {
    filter = createFilter(keys.values(), keys.size);
    entered = keys.size;
  };
  return {
    get size() {
      return keys.size;
    },
    get filter() {
      return filter;
    },
    at(four) {
      const known = lists.get(four);
      if (known !== undefined) return known;
      const cores = byFour.get(four);
      if (cores === undefined) return NONE;
      const list = [...cores.values()];
      lists.set(four, list);
      return list;
    },
    add(form, place) {
      const { four, prefix, id } = entryOf(form, place);
      const cores = byFour.get(four) ?? new Map<string, Core>();
      byFour.set(four, cores);
      const core = cores.get(id);
      if (core !== undefined) {
        core.holders += 1;
        return;
      }
      const next = place.long ? fourBytes(form, place.offset + CORE_BYTES) : undefined;
      const key = { four, next };
      cores.set(id, { prefix, next, holders: 1 });
      lists.delete(four);
      keys.set(id, key);
      entered += 1;
      if (isFull(filter, entered)) refill();
      else enter(filter, key);
    },
    remove(form, place) {
      const { four, id } = entryOf(form, place);
      const cores = byFour.get(four);
      const core = cores?.get(id);
      if (cores === undefined || core === undefined) return;
      core.holders -= 1;
      if (core.holders > 0) return;
      cores.delete(id);
      lists.delete(four);
      keys.delete(id);
      if (cores.size === 0) byFour.delete(four);
      // Half of what the filter says is not there any more.
      if (entered > 2 * keys.size + 64) refill();
    },
  };
}

/** @returns with an `id` that also says which four bytes the filter was given. */
function entryOf(form: string, { offset, long }: Place) {
  const prefix = form.slice(0, offset + CORE_BYTES);
  return { four: fourBytes(form, offset), prefix, id: long ? form.slice(0, offset + LONG_CORE_BYTES) : `${prefix}${ANYTHING}` };
}
