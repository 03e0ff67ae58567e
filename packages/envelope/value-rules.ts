import { utf8 } from './byte-layout.ts';

/** Bytes of UTF-8. */
export const VALUE_MAXIMUM_BYTES = 65_536;

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
