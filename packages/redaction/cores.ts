import { fourBytes } from './filter.ts';

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
/** Words do not change so often. */
const ENOUGH_CHANGES = 4;

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
export function coreOf(form: string, asItIs: boolean): Core | undefined {
  const end = Math.min(form.length, ENOUGH_BYTES);
  let best: { offset: number; long: boolean } | undefined;
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
    if (long && changes >= ENOUGH_CHANGES) break;
  }
  if (best === undefined) return undefined;
  const { offset, long } = best;
  return { offset, four: fourBytes(form, offset), next: long ? fourBytes(form, offset + CORE_BYTES) : undefined };
}
