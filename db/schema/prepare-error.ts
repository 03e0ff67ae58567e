/** The database cannot be used by this home; the message says why. Nothing was changed. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError';
  readonly remedy: string;

  constructor(message: string, more: { remedy: string; cause?: unknown }) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.remedy = more.remedy;
  }
}
