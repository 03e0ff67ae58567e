import type { Readable } from 'node:stream';
import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { type ConnectorContext, ConnectorError, createNextPageFault, type DocumentBody, type SourceDocument } from '@holdfast/connector';
import { requireReadable } from './credentials.ts';
import { type Attempt, answerOf, explain } from './failures.ts';
import type { SourceOptions } from './options.ts';
import { serviceClient } from './service-client.ts';

const PAGE = 1_000;
/** Enough to find one that can be read. */
const LOOKED_AT = 10;

/**
 * The blobs below the folder, a page of 1,000 at a time, without those that stand for a folder. Takes Read
 * and List: learn.microsoft.com/rest/api/storageservices/list-blobs.
 *
 * @throws ConnectorError `upstream_credentials`, before anything is sent for a signature that has expired or
 *   does not permit both; `upstream_not_found`, `upstream_refused`, `answer_invalid` for a list without an
 *   end, or what `context.request` throws.
 */
export async function* list(options: SourceOptions, context: ConnectorContext): AsyncGenerator<SourceDocument, void, undefined> {
  requireReadable(options.account, new Date());
  const attempt: Attempt = { account: options.account, container: options.container, doing: 'list' };
  try {
    for await (const page of pagesOf(options, context, PAGE)) yield* documentsOf(page, options);
  } catch (error) {
    throw explain(error, attempt);
  }
}

/**
 * The bytes of one blob. Takes Read and List, as {@link list} does.
 *
 * @throws ConnectorError `upstream_not_found` with `documentOnly` when it is not there any more;
 *   `document_unsupported` with `documentOnly` when it is in the archive tier; else as {@link list}, or what
 *   `context.fetchDocument` throws. Its body fails where it is read.
 */
export async function read(name: string, options: SourceOptions, context: ConnectorContext): Promise<DocumentBody> {
  requireReadable(options.account, new Date());
  let broken: unknown;
  const client = serviceClient(options.account, context, {
    onBroken: (error) => {
      broken ??= error;
    },
  });
  async function* whole(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      yield* stream;
    } catch (error) {
      throw broken ?? error;
    }
  }
  try {
    const blob = client.getContainerClient(options.container).getBlobClient(name);
    const { contentType, contentLength, readableStreamBody } = await blob.download(0, undefined, {
      abortSignal: context.signal,
      maxRetryRequests: 0,
    });
    return {
      ...(contentType !== undefined && contentType !== 'application/octet-stream' && { contentType }),
      ...(contentLength !== undefined && { size: contentLength }),
      body: whole(readableStreamBody as Readable),
    };
  } catch (error) {
    throw explainRead(error, name, options);
  }
}

/**
 * Tries both: lists, and reads the first byte of a document, if there is one.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError as {@link list} and {@link read}; a document that is archived, or gone meanwhile, is
 *   no failure.
 */
export async function checkSource(options: SourceOptions, context: ConnectorContext): Promise<string> {
  requireReadable(options.account, new Date());
  const place =
    options.folder === ''
      ? `The container “${options.container}”`
      : `The folder “${options.folder}” of the container “${options.container}”`;
  let first: SourceDocument | undefined;
  try {
    const { value: page = [] } = await pagesOf(options, context, LOOKED_AT).next();
    [first] = documentsOf(page, options);
  } catch (error) {
    throw explain(error, { account: options.account, container: options.container, doing: 'list' });
  }
  if (first === undefined) return `${place} can be listed. No document is there to try whether it may be read.`;
  try {
    const { readableStreamBody } = await containerOf(options, context)
      .getBlobClient(first.reference)
      .download(0, first.size === 0 ? undefined : 1, { abortSignal: context.signal, maxRetryRequests: 0 });
    for await (const _ of readableStreamBody as Readable) break;
  } catch (error) {
    const failure = explainRead(error, first.reference, options);
    // It may be read, and is archived, or gone since.
    if (!(failure instanceof ConnectorError && failure.documentOnly)) throw failure;
  }
  return `${place} can be listed, and what is there can be read.`;
}

function explainRead(error: unknown, name: string, { account, container }: SourceOptions): Error {
  const code = answerOf(error)?.code;
  if (code === 'BlobNotFound') {
    return new ConnectorError('upstream_not_found', `“${name}” is not in the container “${container}” any more.`, {
      remedy: 'Start the run again: it lists what is there then.',
      documentOnly: true,
    });
  }
  if (code === 'BlobArchived' || code === 'BlobBeingRehydrated') {
    return new ConnectorError('document_unsupported', `“${name}” is in the archive tier, and cannot be read (${code}).`, {
      remedy: 'Rehydrate it into another tier, and start the run again.',
      documentOnly: true,
    });
  }
  return explain(error, { account, container, doing: 'read' });
}

function containerOf({ account, container }: SourceOptions, context: ConnectorContext): ContainerClient {
  return serviceClient(account, context).getContainerClient(container);
}

async function* pagesOf(options: SourceOptions, context: ConnectorContext, size: number): AsyncGenerator<BlobItem[], void, undefined> {
  const prefix = prefixOf(options);
  const blobs = containerOf(options, context).listBlobsFlat({
    abortSignal: context.signal,
    ...(prefix !== '' && { prefix }),
    includeMetadata: true,
  });
  const nextPageFault = createNextPageFault();
  for await (const { segment, continuationToken = '' } of blobs.byPage({ maxPageSize: size })) {
    yield segment.blobItems;
    const fault = continuationToken === '' ? undefined : nextPageFault(continuationToken);
    if (fault !== undefined) {
      throw new ConnectorError('answer_invalid', `The list of the container “${options.container}” ${fault}.`, {
        remedy: 'Ask who runs the service; its lists are not those of Azure Blob Storage.',
      });
    }
  }
}

function* documentsOf(page: readonly BlobItem[], options: SourceOptions): Generator<SourceDocument> {
  const prefix = prefixOf(options);
  for (const { name, properties, metadata } of page) {
    // An account with folders of its own (hierarchical namespace) marks them so.
    if (name.endsWith('/') || metadata?.hdi_isfolder === 'true' || !name.startsWith(prefix)) continue;
    yield {
      reference: name,
      name: name
        .slice(prefix.length)
        .split('/')
        .filter((part) => part !== '')
        .join('/'),
      contentType: properties.contentType ?? 'application/octet-stream',
      ...(properties.contentLength !== undefined && { size: properties.contentLength }),
      version: properties.etag.replaceAll('"', '').slice(0, 256),
    };
  }
}

function prefixOf({ folder }: SourceOptions): string {
  return folder === '' ? '' : `${folder}/`;
}
