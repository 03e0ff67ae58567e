import type { PatternIndex } from './pattern-index.ts';
import { createSearch, findValues } from './search.ts';
import { STEPS_AT_LEAST, STEPS_PER_BYTE } from './walk.ts';

/** Takes values out of bytes that come one piece after the other, wherever the pieces are cut. */
export interface StreamRedactor {
  /**
   * The bytes that are certain by now, with `[redacted]` in place of each value; often all, sometimes none.
   * What may be the beginning of a value is held back until enough has come to say, or the end: as many bytes
   * as the longest form of a value takes, escaped, and an eighth more.
   */
  push(bytes: Uint8Array): Uint8Array;
  /** What was held back, at the end of the stream. */
  flush(): Uint8Array;
}

/** A document holds a value that it must not hold. It names neither. */
export class ValueFoundError extends Error {
  readonly code = 'value_found';

  constructor() {
    super('The document holds a value that was used to fetch it.');
    this.name = 'ValueFoundError';
  }
}

const NOTHING = new Uint8Array(0);
/** What is held back is looked at again when so much more has come: pieces of one byte cost no more. */
const GROWTH = 1.125;

/** Forms that are looked for at this moment; `undefined` when there are none. */
type PatternsNow = () => PatternIndex | undefined;

/** @param redacted stands in place of each value. */
export function createStreamRedactor(patternsNow: PatternsNow, redacted: Uint8Array): StreamRedactor {
  const cutter = createCutter(patternsNow);
  const clean = (bytes: Uint8Array, final: boolean): Uint8Array => {
    const parts = cutter.cut(bytes, final).map((part) => (part === VALUE ? redacted : part));
    return parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts);
  };
  return { push: (bytes) => clean(bytes, false), flush: () => clean(NOTHING, true) };
}

/** @throws ValueFoundError */
export async function* passUnlessFound(
  patternsNow: PatternsNow,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const cutter = createCutter(patternsNow);
  for await (const piece of pieces) yield* unaltered(cutter.cut(piece, false));
  yield* unaltered(cutter.cut(NOTHING, true));
}

function* unaltered(parts: readonly Part[]): Generator<Uint8Array> {
  for (const part of parts) {
    if (part === VALUE) throw new ValueFoundError();
    if (part.length > 0) yield part;
  }
}

const VALUE = Symbol('a value');
type Part = Uint8Array | typeof VALUE;

/** So much of a piece is put behind what was held back, to say what that is: the piece is not copied. */
const JOINED_BYTES = 1_024;

/** Cuts what has come into what is certain to be no value, and values; it keeps what is not certain. */
function createCutter(patternsNow: PatternsNow): { cut(bytes: Uint8Array, final: boolean): Part[] } {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let enough = 0;
  let steps = STEPS_AT_LEAST;
  let exhausted = false;

  const hold = (bytes: Uint8Array) => {
    // A copy: the caller may use the memory for the next piece.
    held = [Buffer.from(bytes)];
    heldBytes = bytes.length;
    enough = Math.ceil(heldBytes * GROWTH);
  };
  /** Up to where it is certain what the text is; that is added to the parts. */
  const cutText = (text: Uint8Array, patterns: PatternIndex, final: boolean, parts: Part[]): number => {
    const search = createSearch(text, { final, steps });
    const { values, decided, ...found } = findValues(search, patterns);
    let kept = 0;
    for (const { start, end } of values) {
      parts.push(text.subarray(kept, start), VALUE);
      kept = end;
    }
    const end = Math.max(kept, decided);
    parts.push(text.subarray(kept, end));
    exhausted = found.exhausted;
    if (exhausted) parts.push(VALUE);
    if (end > 0) steps = search.steps;
    return end;
  };
  const cutMore = (bytes: Uint8Array, final: boolean): Part[] => {
    const patterns = patternsNow();
    const parts: Part[] = [];
    let text = bytes;
    if (heldBytes > 0 && patterns !== undefined && bytes.length > heldBytes + JOINED_BYTES) {
      const certain = cutText(Buffer.concat([...held, bytes.subarray(0, JOINED_BYTES)]), patterns, false, parts);
      if (exhausted) return parts;
      if (certain >= heldBytes) {
        text = bytes.subarray(certain - heldBytes);
        held = [];
        heldBytes = 0;
      } else if (certain > 0) {
        held = [Buffer.concat(held).subarray(certain)];
        heldBytes -= certain;
      }
    }
    if (heldBytes > 0) text = Buffer.concat([...held, text]);
    held = [];
    heldBytes = 0;
    if (patterns === undefined) return [text];
    const end = cutText(text, patterns, final, parts);
    if (!exhausted && end < text.length) hold(text.subarray(end));
    return parts;
  };
  return {
    cut(bytes, final) {
      if (exhausted) return [];
      steps += STEPS_PER_BYTE * bytes.length;
      if (!final && heldBytes > 0 && heldBytes + bytes.length < enough) {
        held.push(Buffer.from(bytes));
        heldBytes += bytes.length;
        return [];
      }
      try {
        return cutMore(bytes, final);
      } catch {
        // What cannot be looked through is withheld, and so is all that follows.
        exhausted = true;
        held = [];
        return [VALUE];
      }
    },
  };
}
