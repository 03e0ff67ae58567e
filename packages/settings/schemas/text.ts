import { z } from 'zod';

/** Reads the text of one setting; its issues say what to write instead, as a sentence that stands alone. */
export type TextSchema<T> = z.ZodType<T, string>;

/**
 * A setting whose text a function reads.
 *
 * @param rule what to write, such as `Write host:port, for example 127.0.0.1:7400.`
 * @param read answers `undefined` for a text that is not one; it must not throw.
 */
export function parsedText<T>(rule: string, read: (text: string) => T | undefined): TextSchema<T> {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });
}

/** The entries of a list; empty ones do not count. */
export function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** A list with commas between its entries. An issue of an entry carries its index. */
export function listOf<T>(entry: TextSchema<T>): z.ZodType<readonly T[], string> {
  return z.string().transform(entriesOf).pipe(z.array(entry));
}
