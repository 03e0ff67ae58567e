import { ConnectorError } from '@holdfast/connector';
import { ValueFoundError } from '@holdfast/redaction';
import type { Redactor } from './redaction.ts';

/** Looks through what becomes a document. */
export interface Checker {
  /** See `checked` of ConnectorContext. What was looked through already comes back as it is. */
  checked(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array>;
  /** The same as a stream. @param subject begins the message: where the bytes come from. */
  stream(bytes: AsyncIterable<Uint8Array>, subject: string): ReadableStream<Uint8Array>;
}

/** Of one use: looks for the values that its redactor knows. */
export function createChecker(redactor: Pick<Redactor, 'refuseIn'>): Checker {
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
  redactor: Pick<Redactor, 'refuseIn'>,
  subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* redactor.refuseIn(bytes);
  } catch (error) {
    if (!(error instanceof ValueFoundError)) throw error;
    throw new ConnectorError('document_holds_value', `${subject} holds a value that it was fetched with; nothing of it was kept.`, {
      documentOnly: true,
    });
  }
}

/** Asks for a piece when one is asked of it, and no earlier. */
function toStream(bytes: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
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
