import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlockBlobClient, BlockBlobUploadOptions, HttpRequestBody } from '@azure/storage-blob';
import { ConnectorError, type InputDocument } from '@holdfast/connector';
import { answerOf } from './failures.ts';

/**
 * One block. Of a document, the blocks that are being sent are in memory, and the one that is filled
 * meanwhile.
 */
export const BLOCK_BYTES = 4 * 1024 * 1024;

/** Of a document that is looked at as a whole before it is sent. */
const SMALL_BYTES = 64 * 1024;

/** Blocks of one document that are sent at the same time. */
const BLOCKS_AT_ONCE = 2;

type Settings = Pick<BlockBlobUploadOptions, 'abortSignal' | 'blobHTTPHeaders' | 'metadata' | 'tier' | 'conditions'>;

/**
 * The most that Put Blob takes in one request: learn.microsoft.com/rest/api/storageservices/put-blob#remarks
 */
const WHOLE_MAXIMUM_BYTES = 5_000 * 1024 * 1024;

/**
 * Sends a document byte for byte. Each request carries the MD5 of its bytes, which the service checks; the
 * whole is checked against the document's size and SHA-256 before it becomes visible under its name. A blob
 * that went out in one request has the property Content-MD5; one of several blocks has none, as with the
 * vendor's own tools: docs/decisions/0065-bytes-are-hashed-once-for-each-who-checks-them.md.
 *
 * @param mayStage - whether the credentials may send blocks, which takes Write. When they may not, or the
 *   service says so, a large document goes out in one request, which takes Create.
 * @throws ConnectorError `upstream_refused` with `documentOnly` for a document that changed meanwhile, and
 *   for one of more than 5,000 MiB when blocks may not be sent; else what the SDK or reading the document
 *   fails with, for `explain`.
 */
export async function upload(blob: BlockBlobClient, item: InputDocument, settings: Settings, mayStage: boolean): Promise<void> {
  if (!mayStage && item.size > BLOCK_BYTES) return uploadWhole(blob, item, settings);
  if (item.size <= SMALL_BYTES) return uploadSmall(blob, item, settings);
  /** Blocks that are being sent. */
  const underWay: Promise<void>[] = [];
  try {
    await uploadInBlocks(blob, item, settings, underWay);
  } finally {
    // Nothing goes on in the background after a failure.
    await Promise.allSettled(underWay);
  }
}

/** In one piece, of which all is known before anything is made to hash or to cut it. */
async function uploadSmall(blob: BlockBlobClient, item: InputDocument, settings: Settings): Promise<void> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of item.read()) {
    pieces.push(piece);
    length += piece.length;
    if (length > item.size) break;
  }
  const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  refuseWhenChanged(item, length, hash('sha256', bytes));
  const md5 = hash('md5', bytes, 'buffer');
  await blob.upload(bytes, length, {
    ...settings,
    blobHTTPHeaders: { ...settings.blobHTTPHeaders, blobContentMD5: md5 },
    transactionalContentMD5: md5,
  } as BlockBlobUploadOptions);
  item.progress(length);
}

async function uploadInBlocks(blob: BlockBlobClient, item: InputDocument, settings: Settings, underWay: Promise<void>[]): Promise<void> {
  const whole = createHash('sha256');
  const blockIds: string[] = [];
  let sent = 0;
  for await (const { pieces, length, md5 } of inBlocks(item.read())) {
    for (const piece of pieces) whole.update(piece);
    if (blockIds.length === 0 && length === item.size) {
      refuseWhenChanged(item, length, whole.digest('hex'));
      await blob.upload(bodyOf(pieces), length, {
        ...settings,
        blobHTTPHeaders: { ...settings.blobHTTPHeaders, blobContentMD5: md5 },
        transactionalContentMD5: md5,
      } as BlockBlobUploadOptions);
      item.progress(length);
      return;
    }
    const first = blockIds.length === 0;
    const blockId = blockIdOf(item, blockIds.length);
    blockIds.push(blockId);
    if (underWay.length >= BLOCKS_AT_ONCE) await underWay.shift();
    const staging = blob
      .stageBlock(blockId, bodyOf(pieces), length, {
        ...(settings.abortSignal !== undefined && { abortSignal: settings.abortSignal }),
        transactionalContentMD5: md5,
      })
      .then(() => {
        sent += length;
        item.progress(sent);
      });
    staging.catch(() => undefined);
    underWay.push(staging);
    if (!first) continue;
    try {
      // Alone: it says whether blocks may be sent at all.
      await underWay.shift();
    } catch (error) {
      if (answerOf(error)?.code === 'AuthorizationPermissionMismatch') return uploadWhole(blob, item, settings);
      throw error;
    }
  }
  await Promise.all(underWay);
  refuseWhenChanged(item, sent, whole.digest('hex'));
  await blob.commitBlockList(blockIds, settings);
}

/** Reads the document twice: the MD5 that the service is to check goes in front of the bytes. */
async function uploadWhole(blob: BlockBlobClient, item: InputDocument, settings: Settings): Promise<void> {
  if (item.size > WHOLE_MAXIMUM_BYTES) {
    throw new ConnectorError('upstream_refused', `“${item.name}” has more than 5,000 MiB, which needs credentials that permit Write.`, {
      remedy: 'Use a shared access signature that permits Write as well.',
      documentOnly: true,
    });
  }
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let size = 0;
  for await (const piece of item.read()) {
    sha256.update(piece);
    md5.update(piece);
    size += piece.length;
  }
  refuseWhenChanged(item, size, sha256.digest('hex'));
  const digest = md5.digest();
  await blob.upload(() => Readable.from(counted(item), { objectMode: false }), item.size, {
    ...settings,
    blobHTTPHeaders: { ...settings.blobHTTPHeaders, blobContentMD5: digest },
    transactionalContentMD5: digest,
  } as BlockBlobUploadOptions);
  item.progress(item.size);
}

async function* counted(item: InputDocument): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const piece of item.read()) {
    yield piece;
    sent += piece.length;
    item.progress(sent);
  }
}

/** What goes out in one request: pieces of the document, as they were read. */
interface Block {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  readonly md5: Uint8Array;
}

/** An empty document gives one empty block. */
async function* inBlocks(read: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let md5 = createHash('md5');
  let any = false;
  const add = (piece: Uint8Array) => {
    pieces.push(piece);
    length += piece.length;
    md5.update(piece);
  };
  const taken = (): Block => {
    const block = { pieces, length, md5: md5.digest() };
    pieces = [];
    length = 0;
    md5 = createHash('md5');
    any = true;
    return block;
  };
  for await (const piece of read) {
    let rest = piece;
    while (length + rest.length >= BLOCK_BYTES) {
      const head = rest.subarray(0, BLOCK_BYTES - length);
      rest = rest.subarray(head.length);
      add(head);
      yield taken();
    }
    if (rest.length > 0) add(rest);
  }
  if (length > 0 || !any) yield taken();
}

/** One piece goes out as it is; several, one after the other, without a copy of all. */
function bodyOf(pieces: readonly Uint8Array[]): HttpRequestBody {
  if (pieces.length <= 1) return pieces[0] ?? new Uint8Array(0);
  return () => Readable.from(pieces, { objectMode: false });
}

/**
 * Of the same length for every block of a blob, as the service requires; from the content, so that repeats
 * are the same block.
 */
function blockIdOf(item: InputDocument, index: number): string {
  return Buffer.from(`${item.sha256.slice(0, 24)}-${String(index).padStart(6, '0')}`, 'utf8').toString('base64');
}

function refuseWhenChanged(item: InputDocument, size: number, sha256: string): void {
  if (size === item.size && sha256 === item.sha256) return;
  throw new ConnectorError('upstream_refused', `“${item.name}” changed while it was being published; nothing of it was kept.`, {
    remedy: 'Start the run again when nobody writes to the document.',
    documentOnly: true,
    retryable: false,
  });
}
