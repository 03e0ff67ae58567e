import { createValueRedactor, REDACTED } from '@holdfast/redaction';
import type { Finding } from './search.ts';

/**
 * Looks for the values by what takes them out of logs and answers itself: more forms than the needles are,
 * and those alone that the product knows.
 */
export function productSearch(values: readonly string[]): (place: string, content: Uint8Array | string) => Finding[] {
  const redactor = createValueRedactor();
  for (const value of values) redactor.protect(value);
  return (place, content) => {
    const text = Buffer.from(content).toString('latin1');
    const redacted = Buffer.from(redactor.redactBytes(Buffer.from(content))).toString('latin1');
    if (redacted === text) return [];
    // What stands around it is no value any more.
    const at = [...text].findIndex((letter, index) => letter !== redacted[index]);
    return [{ place: `${place}: ${redacted.slice(Math.max(0, at - 60), at + REDACTED.length + 20)}`, encoding: 'known to the product' }];
  };
}
