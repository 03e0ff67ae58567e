import { resolve } from 'node:path';
import { z } from 'zod';
import { parsedText, type TextSchema } from './text.ts';

/** Any text. */
export const text: TextSchema<string> = z.string();

/** A file or folder; relative to the working directory. The output is absolute. */
export const path: TextSchema<string> = z.string().transform((given) => resolve(given));

/** A whole number between two bounds, both included. */
export function wholeNumber(from: number, to: number): TextSchema<number> {
  return parsedText(`Write a whole number from ${from} to ${to}.`, (given) => {
    const number = /^[0-9]{1,9}$/.test(given) ? Number(given) : Number.NaN;
    return number >= from && number <= to ? number : undefined;
  });
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): TextSchema<Word> {
  return parsedText(`Write one of: ${words.join(', ')}.`, (given) => words.find((word) => word === given));
}

/** The first of four account numbers, or `shared`. */
export const accounts: TextSchema<number | 'shared'> = parsedText(
  'Write the first of four unused account numbers, of at least 100, or the word shared.',
  (given) => {
    if (given === 'shared') return 'shared';
    const first = /^[1-9][0-9]{0,8}$/.test(given) ? Number(given) : 0;
    return first >= 100 ? first : undefined;
  },
);
