import { Worker } from 'node:worker_threads';
import { checkText } from './check-text.ts';
import { DocumentTextError, type DocumentTextErrorCode } from './document-text-error.ts';
import { plainText } from './plain-text.ts';
import { type TextKind, textKindOf } from './text-kind.ts';

/** A longer document is not read. */
export const TEXT_DOCUMENT_MAXIMUM_BYTES = 64 * 1024 * 1024;
/** More of plain text is decoded in a thread too: this takes a millisecond of everybody's. */
const INLINE_MAXIMUM_BYTES = 256 * 1024;
const DEADLINE_MILLISECONDS = 60_000;
const MEMORY_MAXIMUM_MEBIBYTES = 512;
/** Of the document's bytes as they are and unpacked, which lie beside V8's heap. */
const BYTES_MAXIMUM_MEBIBYTES = 256;
/** How often the bytes beside the heap are looked at: inflating adds less than 50 MiB to them meanwhile. */
const LOOK_MILLISECONDS = 100;

export interface DocumentText {
  readonly text: string;
  /** Of a PDF. */
  readonly pages?: number;
}

/** What the worker is given, and what it answers. */
export interface TextRequest {
  readonly kind: TextKind;
  readonly bytes: Uint8Array;
}
export type TextAnswer = DocumentText | { readonly code: DocumentTextErrorCode; readonly message: string };

/** How a document is parsed that is not a little plain text. */
export interface Parsing {
  readonly signal: AbortSignal;
  /**
   * Begins the work when there is a place for it: a parser may take 768 MiB for a minute, so that only few
   * may run in a process.
   */
  inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/**
 * The text of a document: PDF, Word (docx), HTML, and plain text in UTF-8, UTF-16 with a byte order mark, or
 * else Windows-1252.
 *
 * Parsers of other people's documents are run in a thread of their own with 512 MiB for objects and
 * 256 for bytes, no environment and a minute of time: what overwhelms them ends there. The minute begins with
 * their turn. Only up to 256 KiB of plain text are read at once.
 *
 * @param document at most 64 MiB; the bytes are copied.
 * @returns text with line ends `\n`, at most 8 million characters, never empty.
 * @throws DocumentTextError by code, see {@link DocumentTextErrorCode}; the reason of `signal` when it is
 *   aborted.
 * @example
 * const { text } = await textOf({ name: 'invoice.pdf', contentType: 'application/pdf', bytes }, context);
 */
export async function textOf(
  document: { readonly name: string; readonly contentType: string; readonly bytes: Uint8Array },
  { signal, inTurn }: Parsing,
): Promise<DocumentText> {
  const { bytes } = document;
  const kind = textKindOf(document);
  if (kind === undefined) {
    throw new DocumentTextError('unsupported', `Text is taken from PDF, Word, HTML and plain text, not from ${document.contentType}.`);
  }
  if (bytes.length > TEXT_DOCUMENT_MAXIMUM_BYTES) throw new DocumentTextError('too_large', 'The document has more than 64 MiB.');
  if (kind === 'plain' && bytes.length <= INLINE_MAXIMUM_BYTES) {
    const text = plainText(bytes);
    checkText(kind, text);
    return { text };
  }
  const answer = await inTurn(() => inThread({ kind, bytes }, signal), signal);
  if ('code' in answer) throw new DocumentTextError(answer.code, answer.message);
  return answer;
}

async function inThread(request: TextRequest, signal: AbortSignal): Promise<TextAnswer> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./text-worker.ts', import.meta.url), {
    workerData: request,
    env: {},
    stdin: false,
    // What a parser prints holds parts of the document.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MAXIMUM_MEBIBYTES },
  });
  const { promise, resolve, reject } = Promise.withResolvers<TextAnswer>();
  const deadline = setTimeout(
    () => resolve({ code: 'too_slow', message: 'The text of the document was not there within a minute.' }),
    DEADLINE_MILLISECONDS,
  );
  const looks = setInterval(() => {
    // No limit of V8's counts these. One that has ended has nothing to say.
    worker.getHeapStatistics().then(
      ({ external_memory: bytes }) => {
        if (bytes <= BYTES_MAXIMUM_MEBIBYTES * 1024 ** 2) return;
        resolve({ code: 'too_large', message: `The document takes more than ${BYTES_MAXIMUM_MEBIBYTES} MiB when it is unpacked.` });
      },
      () => undefined,
    );
  }, LOOK_MILLISECONDS);
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  worker.once('message', resolve);
  // Out of memory, or a parser that failed beyond what it catches.
  worker.once('error', () =>
    resolve({ code: 'unreadable', message: 'The document cannot be read: it is damaged, or too large when it is unpacked.' }),
  );
  worker.once('exit', () => resolve({ code: 'unreadable', message: 'The document cannot be read.' }));
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    clearInterval(looks);
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
