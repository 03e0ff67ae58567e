import { type Form, plainForm, writtenForms } from './forms.ts';
import { createPatternIndex, type PatternIndex } from './pattern-index.ts';
import { createSearch, findValues } from './search.ts';
import { createStreamRedactor, passUnlessFound, type StreamRedactor } from './stream.ts';
import { STEPS_AT_LEAST, STEPS_PER_BYTE } from './walk.ts';

/** What stands in place of a value. */
export const REDACTED = '[redacted]';
const REDACTED_BYTES = Buffer.from(REDACTED);

/**
 * Knows the values that are in use and takes them out of what is shown, kept or passed on. What cannot be
 * looked through, for whatever reason, is withheld: none of its methods throws for that.
 */
export interface ValueRedactor {
  /**
   * From now on the value is removed, until what this answers is called. A value that several protect stays
   * protected until the last of them has called. One under 8 characters is not looked for. It costs next to
   * nothing until something is redacted.
   */
  protect(value: string): () => void;
  /**
   * The text with `[redacted]` in place of each value; the very same text when there is none; `[redacted]`
   * alone in place of one that cannot be looked through.
   */
  redact(text: string): string;
  /** Bytes of any encoding that is ASCII or UTF-8 where a value stands; other bytes stay as they are. */
  redactBytes(bytes: Uint8Array): Uint8Array;
  /** The same for bytes that come one piece after the other: see {@link StreamRedactor}. */
  redactStream(): StreamRedactor;
  /**
   * Passes a document on as it is, piece by piece, and throws {@link ValueFoundError} where it holds a value,
   * before a byte of that has been passed on.
   */
  refuseIn(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Looks for values, and what is secret in them, in the forms that SECURITY.md lists. A text that is made to
 * take long (runs of backslashes, for a value of them) is withheld from where it does.
 *
 * @param formsOf by default {@link writtenForms}. A value of which it cannot make them is looked for as it
 *   is, and the others as before.
 * @example
 * ```ts
 * const redactor = createValueRedactor();
 * const release = redactor.protect('correct-horse-battery');
 * redactor.redact('password=correct-horse-battery'); // 'password=[redacted]'
 * release();
 * ```
 */
export function createValueRedactor({ formsOf = writtenForms }: { readonly formsOf?: (value: string) => Form[] } = {}): ValueRedactor {
  const live = new Map<string, { holders: number; forms?: readonly Form[] }>();
  const unread = new Set<string>();
  let index: PatternIndex | undefined;

  /** Forms are made when something is first looked at: most values are gone by then. */
  const indexNow = (): PatternIndex => {
    index ??= createPatternIndex();
    for (const value of unread) {
      const entry = live.get(value);
      if (entry !== undefined) entry.forms = entered(index, value);
      unread.delete(value);
    }
    return index;
  };
  const entered = (patterns: PatternIndex, value: string): readonly Form[] => {
    try {
      const forms = formsOf(value);
      patterns.add(forms);
      return forms;
    } catch {
      const plain = plainForm(value);
      patterns.add(plain);
      return plain;
    }
  };
  const release = (value: string) => {
    const entry = live.get(value);
    if (entry === undefined) return;
    entry.holders -= 1;
    if (entry.holders > 0) return;
    live.delete(value);
    unread.delete(value);
    if (entry.forms !== undefined) index?.remove(entry.forms);
  };
  const replaceIn = (bytes: Uint8Array): Uint8Array | undefined => {
    const search = createSearch(bytes, { final: true, steps: STEPS_AT_LEAST + STEPS_PER_BYTE * bytes.length });
    const { values, decided, exhausted } = findValues(search, indexNow());
    if (values.length === 0 && !exhausted) return undefined;
    const pieces: Uint8Array[] = [];
    let kept = 0;
    for (const { start, end } of values) {
      pieces.push(bytes.subarray(kept, start), REDACTED_BYTES);
      kept = end;
    }
    if (exhausted) pieces.push(bytes.subarray(kept, Math.max(kept, decided)), REDACTED_BYTES);
    else pieces.push(bytes.subarray(kept));
    return Buffer.concat(pieces);
  };
  const patternsNow = () => (live.size === 0 ? undefined : indexNow());

  return {
    protect(value) {
      const entry = live.get(value);
      if (entry !== undefined) {
        entry.holders += 1;
      } else {
        live.set(value, { holders: 1 });
        unread.add(value);
      }
      let released = false;
      return () => {
        if (!released) release(value);
        released = true;
      };
    },
    redact(text) {
      if (live.size === 0) return text;
      try {
        const found = replaceIn(Buffer.from(text, 'utf8'));
        return found === undefined ? text : Buffer.from(found.buffer, found.byteOffset, found.byteLength).toString('utf8');
      } catch {
        return REDACTED;
      }
    },
    redactBytes(bytes) {
      if (live.size === 0) return bytes;
      try {
        return replaceIn(bytes) ?? bytes;
      } catch {
        return REDACTED_BYTES;
      }
    },
    redactStream: () => createStreamRedactor(patternsNow, REDACTED_BYTES),
    refuseIn: (pieces) => passUnlessFound(patternsNow, pieces),
  };
}
