import { ConnectorError } from '@holdfast/connector';
import type { Redactor } from './redaction.ts';

/** So much is gathered before it is looked through. */
const PIECE_BYTES = 65_536;
/**
 * Of the bytes before, so many are looked through again with the next ones. A value is found by its first 64
 * bytes, which no way of writing them makes longer than this.
 */
const OVERLAP_BYTES = 8_192;

/** Looks through what becomes a document. */
export interface Checker {
  /** See `checked` of ConnectorContext. What was looked through already comes back as it is. */
  checked(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array>;
  /**
   * The same with other words for where the bytes come from; as a stream, which is known as looked through.
   */
  stream(bytes: AsyncIterable<Uint8Array>, subject: string): ReadableStream<Uint8Array>;
}

/** Of one use: looks for the values that its redactor knows. */
export function createChecker(redactor: Pick<Redactor, 'redactBytes'>): Checker {
  const looked = new WeakSet<AsyncIterable<Uint8Array>>();
  return {
    checked(bytes, name) {
      if (looked.has(bytes)) return bytes;
      const made = { [Symbol.asyncIterator]: () => lookThrough(bytes, redactor, `“${name}”`) };
      looked.add(made);
      return made;
    },
    stream(bytes, subject) {
      const made = toStream(lookThrough(bytes, redactor, subject));
      looked.add(made);
      return made;
    },
  };
}

async function* lookThrough(
  bytes: AsyncIterable<Uint8Array>,
  redactor: Pick<Redactor, 'redactBytes'>,
  subject: string,
): AsyncGenerator<Uint8Array, void, void> {
  let before: Uint8Array = new Uint8Array();
  let gathered: Uint8Array[] = [];
  let length = 0;
  const checkedPiece = (): Uint8Array => {
    const window = Buffer.concat([before, ...gathered]);
    if (redactor.redactBytes(window) !== window) {
      throw new ConnectorError('document_holds_value', `${subject} holds a value that it was fetched with; nothing of it was kept.`, {
        documentOnly: true,
      });
    }
    const piece = window.subarray(before.length);
    before = window.subarray(Math.max(0, window.length - OVERLAP_BYTES));
    gathered = [];
    length = 0;
    return piece;
  };
  for await (const piece of bytes) {
    gathered.push(piece);
    length += piece.length;
    if (length >= PIECE_BYTES) yield checkedPiece();
  }
  if (length > 0) yield checkedPiece();
}

/** Asks for a piece when one is asked of it, and no earlier. */
export function toStream(bytes: AsyncGenerator<Uint8Array, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await bytes.return();
      },
    },
    { highWaterMark: 0 },
  );
}
