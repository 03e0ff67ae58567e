/**
 * - `unsupported`: no kind of document that text is taken from.
 * - `unreadable`: it is not what its name or content type says, or damaged.
 * - `locked`: it opens with a password only.
 * - `too_large`: more than 64 MiB, more than 100 MiB (Word) or 256 MiB (PDF, with what is read of it) when
 *   unpacked, or more than 8 million characters.
 * - `too_slow`: its text was not there within a minute.
 * - `empty`: there is no text in it, as in a PDF of scanned pages.
 */
export type DocumentTextErrorCode = 'unsupported' | 'unreadable' | 'locked' | 'too_large' | 'too_slow' | 'empty';

/** Why there is no text. The message is for people, and holds nothing of the document. */
export class DocumentTextError extends Error {
  override readonly name = 'DocumentTextError';
  readonly code: DocumentTextErrorCode;

  constructor(code: DocumentTextErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
