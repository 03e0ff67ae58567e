import { uint32OfForm } from './filter.ts';

/**
 * Four bytes of a form by which it is found, wherever in its beginning they stand: letters and digits, which
 * no usual encoding changes. So a text is looked through as it stands, and escapes are read only where a core
 * was found, or where one of them may stand for a letter or digit.
 */
export interface Core {
  /** Where in the form it begins. */
  readonly offset: number;
  readonly four: number;
  /** The four bytes behind it, where they are as certain. */
  readonly next: number | undefined;
}

/** So much of the beginning of a form is found also when the rest does not follow: it was cut off. */
export const ENOUGH_BYTES = 64;
export const CORE_BYTES = 4;
const LONG_CORE_BYTES = 8;
/** Of eight bytes. */
const CHANGES_OF_WORDS = 2;
const ENOUGH_CHANGES = 4;
/** Of the first four. */
const ENOUGH_AT_FIRST = 2;

/** Letters, digits, and the zeros of UTF-16. */
export const CORE_CHARACTERS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 || /[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Signs, digits, upper case, lower case. */
const KIND: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x61 ? 3 : byte >= 0x41 ? 2 : byte >= 0x30 ? 1 : 0));

/**
 * The four bytes of a form's beginning that are least like a word, with four more behind them if there are
 * anywhere: those among which digits, lower case and upper case change most often, and among the first four
 * of them. Of several that are no words the last, since values of one kind begin alike.
 *
 * @param asItIs of a form that is written without escapes: any of its bytes.
 * @returns `undefined` when no four such bytes stand together.
 */
export function coreOf(form: string, asItIs: boolean): Core | undefined {
  const end = Math.min(form.length, ENOUGH_BYTES);
  let best: { readonly offset: number; readonly long: boolean; readonly changes: number; readonly first: number } | undefined;
  let run = 0;
  /** Among the last eight bytes of the run. */
  let changes = 0;
  for (let at = 0; at < end; at += 1) {
    if (!asItIs && CORE_CHARACTERS[form.charCodeAt(at)] === 0) {
      run = 0;
      changes = 0;
      continue;
    }
    if (run > 0 && isChange(form, at)) changes += 1;
    if (run >= LONG_CORE_BYTES && isChange(form, at - LONG_CORE_BYTES + 1)) changes -= 1;
    run += 1;
    const long = run >= LONG_CORE_BYTES;
    if (!long && (run !== CORE_BYTES || best?.long === true)) continue;
    if (best?.long === long && changes < best.changes) continue;
    const offset = at - (long ? LONG_CORE_BYTES : CORE_BYTES) + 1;
    const first = changesAtFirst(form, offset);
    if (best?.long === long && changes === best.changes && (changes <= CHANGES_OF_WORDS || first < best.first)) continue;
    best = { offset, long, changes, first };
    if (long && changes >= ENOUGH_CHANGES && first >= ENOUGH_AT_FIRST) break;
  }
  if (best === undefined) return undefined;
  const { offset, long } = best;
  return { offset, four: uint32OfForm(form, offset), next: long ? uint32OfForm(form, offset + CORE_BYTES) : undefined };
}

function isChange(form: string, at: number): boolean {
  return KIND[form.charCodeAt(at)] !== KIND[form.charCodeAt(at - 1)];
}

function changesAtFirst(form: string, offset: number): number {
  let changes = 0;
  for (let at = offset + 1; at < offset + CORE_BYTES; at += 1) if (isChange(form, at)) changes += 1;
  return changes;
}
