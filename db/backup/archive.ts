import { createHash, type Hash } from 'node:crypto';

/**
 * The file of a backup: one line that names the format, then blocks of one letter, a length (32 bits,
 * big-endian) and as many bytes.
 *
 *   H  header, JSON; the first block
 *   T  a table begins, JSON {table, columns}
 *   D  rows of that table, as PostgreSQL's COPY in binary writes them
 *   E  the table ends, JSON {rows}
 *   Z  the end, JSON {tables, sha256}: of all bytes before this block; the last block
 *
 * docs/reference/backup-format.md describes it for other programs.
 */
export const MAGIC = 'holdfast-backup/1\n';
const BLOCK_MAXIMUM_BYTES = 64 * 1_048_576;
const HEAD_BYTES = 5;

export type BlockKind = 'H' | 'T' | 'D' | 'E' | 'Z';
export interface Block {
  readonly kind: BlockKind;
  readonly bytes: Buffer;
}

export interface ArchiveHeader {
  readonly createdAt: string;
  readonly instanceId: string;
  readonly epoch: number;
  /** The migrations that the database had, in order. */
  readonly schema: readonly { readonly name: string; readonly sha256: string }[];
  /** Root keys that have wrapped keys in it: one of them is needed to use it. */
  readonly rootKeyIds: readonly string[];
  readonly documents: boolean;
}

/** The file is no backup, or not all of it, or not as it was written. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly remedy = 'Use another copy of the backup. Nothing was changed.';
}

export interface ArchiveWriter {
  block(kind: Exclude<BlockKind, 'Z'>, content: Buffer | object): Promise<void>;
  end(tables: number): Promise<void>;
}

/** @param write resolves when more may come. */
export function archiveWriter(write: (bytes: Buffer) => Promise<void>): ArchiveWriter {
  const hash = createHash('sha256');
  let begun = false;
  const put = async (bytes: Buffer) => {
    hash.update(bytes);
    await write(bytes);
  };
  const framed = (kind: BlockKind, content: Buffer | object): Buffer => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const head = Buffer.alloc(HEAD_BYTES);
    head.write(kind, 'latin1');
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  };
  return {
    async block(kind, content) {
      if (!begun) await put(Buffer.from(MAGIC));
      begun = true;
      await put(framed(kind, content));
    },
    async end(tables) {
      await write(framed('Z', { tables, sha256: hash.digest('hex') }));
    },
  };
}

/**
 * The blocks of an archive in order, checked as they come: the format, the length of each, at the end the
 * checksum. Only after the last one is it known that all of them are as they were written.
 *
 * @throws ArchiveError
 */
export async function* readBlocks(source: AsyncIterable<Buffer>): AsyncGenerator<Block> {
  const bytes = byteReader(source);
  const hash = createHash('sha256');
  const magic = await bytes.take(MAGIC.length);
  if (magic?.toString('latin1') !== MAGIC) throw new ArchiveError('The file is no backup of Holdfast that this version can read.');
  hash.update(magic);
  for (;;) {
    const head = await bytes.take(HEAD_BYTES);
    if (head === undefined) throw new ArchiveError('The backup ends too early: it was not written to its end, or cut.');
    const kind = head.toString('latin1', 0, 1);
    const length = head.readUInt32BE(1);
    if (!isBlockKind(kind) || length > BLOCK_MAXIMUM_BYTES) throw new ArchiveError('The backup is damaged: a block of it has no sense.');
    const content = await bytes.take(length);
    if (content === undefined) throw new ArchiveError('The backup ends too early: it was not written to its end, or cut.');
    if (kind === 'Z') {
      await checkEnd(content, hash);
      if ((await bytes.take(1)) !== undefined) throw new ArchiveError('The backup is damaged: something stands behind its end.');
      yield { kind, bytes: content };
      return;
    }
    hash.update(head).update(content);
    yield { kind, bytes: content };
  }
}

async function checkEnd(content: Buffer, hash: Hash): Promise<void> {
  const { sha256 } = parse<{ sha256?: string }>(content);
  if (sha256 !== hash.digest('hex')) throw new ArchiveError('The backup is damaged: its checksum does not fit.');
}

/** JSON of a block. @throws ArchiveError */
export function parse<T>(bytes: Buffer): T {
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch {
    throw new ArchiveError('The backup is damaged: a block of it is not JSON.');
  }
}

function isBlockKind(kind: string): kind is BlockKind {
  return kind.length === 1 && 'HTDEZ'.includes(kind);
}

/**
 * Hands out exactly so many bytes, or undefined at the end. Holds no more than what was asked for and one
 * chunk.
 */
function byteReader(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]();
  let waiting: Buffer[] = [];
  let available = 0;
  return {
    async take(length: number): Promise<Buffer | undefined> {
      while (available < length) {
        const next = await iterator.next();
        if (next.done) return undefined;
        waiting.push(next.value);
        available += next.value.length;
      }
      const all = waiting.length === 1 && waiting[0] ? waiting[0] : Buffer.concat(waiting);
      const rest = all.subarray(length);
      waiting = rest.length === 0 ? [] : [rest];
      available = rest.length;
      return all.subarray(0, length);
    },
  };
}
