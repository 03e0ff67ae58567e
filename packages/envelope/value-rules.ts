import { utf8 } from './byte-layout.ts';

/** Bytes of UTF-8. */
export const VALUE_MAXIMUM_BYTES = 65_536;
/** A shorter value occurs in ordinary text too often to be masked in logs. */
const MASKABLE_CHARACTERS = 8;

/** What is wrong with a value, in words for the person who typed it; `undefined` when it can be sealed. */
export function validateValue(value: string): string | undefined {
  if (value.length === 0) return 'Enter a value; it cannot be empty.';
  if (!value.isWellFormed()) return 'The value has half of a character pair in it, so it is not valid Unicode text.';
  // A UTF-16 code unit is at least one byte of UTF-8: a longer string need not be encoded to be refused.
  const bytes = value.length > VALUE_MAXIMUM_BYTES ? value.length : utf8(value).length;
  if (bytes > VALUE_MAXIMUM_BYTES) {
    return `The value is too large: at most ${VALUE_MAXIMUM_BYTES.toLocaleString('en')} bytes (64 KiB), and this has ${
      value.length > VALUE_MAXIMUM_BYTES ? 'at least ' : ''
    }${bytes.toLocaleString('en')}.`;
  }
  return undefined;
}

export interface ValueWarning {
  readonly code: 'literal-null' | 'surrounding-quotes' | 'outer-white-space' | 'short';
  readonly message: string;
}

/** What looks like a mistake in a value although it can be sealed. No message repeats any of the value. */
export function valueWarnings(value: string): ValueWarning[] {
  const warnings: ValueWarning[] = [];
  const trimmed = value.trim();
  if (/^(null|undefined)$/i.test(trimmed)) {
    warnings.push({ code: 'literal-null', message: 'The value is the word null or undefined. Was something not filled in?' });
  }
  if (/^(["'`])[\s\S]*\1$/.test(trimmed) && trimmed.length > 1) {
    warnings.push({ code: 'surrounding-quotes', message: 'The value stands in quotes. They are kept and sent with it.' });
  }
  if (trimmed !== value) {
    warnings.push({ code: 'outer-white-space', message: 'The value begins or ends with white space or a line break. It is kept.' });
  }
  if ([...value].length < MASKABLE_CHARACTERS) {
    warnings.push({ code: 'short', message: `The value has fewer than ${MASKABLE_CHARACTERS} characters. It cannot be masked in logs.` });
  }
  return warnings;
}
