import { ConnectorError, type DocumentBody } from '@holdfast/connector';
import type { DocumentStore } from '../documents/document-store.ts';
import { holdIfSmall } from '../documents/small-documents.ts';
import type { DocumentBytes } from './document-bytes.ts';
import type { WaitingItem } from './items.ts';
import type { Opened } from './open-steps.ts';
import type { Run } from './run.ts';

interface Reading {
  readonly documents: DocumentStore;
  readonly run: Run;
  readonly source: Opened;
  readonly signal: AbortSignal;
}

/**
 * The bytes of a document of a connector. They are read once: kept in memory when they are few, else in a
 * copy that goes when the item is done, so that every step and every attempt of it gets the same bytes.
 *
 * @throws ConnectorError, what the connector throws; `upstream_refused` (retryable) for a body that is
 *   shorter or longer than was said.
 */
export async function componentBytes({ documents, run, source, signal }: Reading, item: WaitingItem): Promise<DocumentBytes> {
  const { connector, options } = source.use;
  if (connector.role !== 'connector' || item.reference === null) throw new Error(`The item ${item.id} comes from no connector.`);
  const { contentType, ...found } = await connector.read(item.reference, options, source.use.contextFor(signal));
  const said = contentType === undefined ? {} : { contentType };
  const held = await holdIfSmall(wholly(item.name, found));
  if ('small' in held) return { ...said, ...held.small };
  const { organizationId, projectId, id: runId, startedBy: createdBy } = run;
  const document = { organizationId, projectId, runId, name: item.name, contentType: contentType ?? item.contentType, createdBy };
  const { id, size, sha256, read } = await documents.store(document, held.rest);
  return { ...said, size, sha256, read, discard: () => documents.discard(organizationId, id) };
}

/** What was cut off on its way is not taken for the document. */
async function* wholly(name: string, { body, size }: Pick<DocumentBody, 'body' | 'size'>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    yield piece;
  }
  if (size === undefined || length === size) return;
  throw new ConnectorError('upstream_refused', `“${name}” came with ${length} bytes in place of ${size}.`, {
    remedy: 'Start the run again when nobody writes to it; if it happens each time, look for a proxy that changes answers.',
    retryable: true,
  });
}
