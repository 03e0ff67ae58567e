import { DocumentTextError } from './document-text-error.ts';
import type { TextKind } from './text-kind.ts';

export const TEXT_MAXIMUM_CHARACTERS = 8_000_000;

/** @throws DocumentTextError `too_large`, `empty`. */
export function checkText(kind: TextKind, text: string): void {
  if (text.length > TEXT_MAXIMUM_CHARACTERS) throw tooLong();
  if (text.trim() !== '') return;
  const why = kind === 'pdf' ? ' Its pages may be pictures: recognize their text first, or give pages as images.' : '';
  throw new DocumentTextError('empty', `There is no text in the document.${why}`);
}

/** For a text that is not even decoded, too. */
export function tooLong(): DocumentTextError {
  return new DocumentTextError('too_large', 'The text of the document has more than 8 million characters.');
}
