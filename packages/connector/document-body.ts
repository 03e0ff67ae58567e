import { createHash } from 'node:crypto';
import { ConnectorError } from './connector-error.ts';
import type { InputDocument } from './documents.ts';

/**
 * The bytes of a document as the body of a request, which counts what was taken. A piece is held back until
 * the next one is there: when the whole is not what its size and SHA-256 say, the last one is never sent, and
 * a service that was given the length has nothing complete.
 *
 * @throws ConnectorError `upstream_refused` with `documentOnly` when the document changed meanwhile; what
 *   reading it fails with.
 */
export async function* documentBody(document: InputDocument): AsyncGenerator<Uint8Array, void, undefined> {
  const sha256 = createHash('sha256');
  let size = 0;
  let sent = 0;
  let held: Uint8Array | undefined;
  for await (const piece of document.read()) {
    if (piece.length === 0) continue;
    if (held !== undefined) {
      yield held;
      sent += held.length;
      document.progress(sent);
    }
    held = piece;
    size += piece.length;
    sha256.update(piece);
  }
  if (size !== document.size || sha256.digest('hex') !== document.sha256) {
    throw new ConnectorError('upstream_refused', `“${document.name}” changed while it was being sent.`, {
      remedy: 'Start the run again when nobody writes to the document.',
      documentOnly: true,
    });
  }
  if (held !== undefined) yield held;
  document.progress(size);
}

/**
 * All bytes of a document in memory: for small ones.
 *
 * @throws as {@link documentBody}.
 */
export async function documentBytes(document: InputDocument): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of documentBody(document)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Of a document that goes into JSON as base64. */
const BASE64_MAXIMUM_BYTES = 16 * 1024 * 1024;

/**
 * All bytes in base64, for JSON.
 *
 * @throws ConnectorError `document_unsupported` above 16 MiB.
 */
export async function documentBase64(document: InputDocument): Promise<string> {
  if (document.size <= BASE64_MAXIMUM_BYTES) return (await documentBytes(document)).toString('base64');
  throw new ConnectorError('document_unsupported', `“${document.name}” has more than 16 MiB, and does not go into JSON.`, {
    remedy: 'Send documents of this kind as they are (“document”), or keep them out of this step.',
    documentOnly: true,
  });
}
