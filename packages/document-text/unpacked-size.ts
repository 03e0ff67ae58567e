import { promisify } from 'node:util';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { DocumentTextError } from './document-text-error.ts';

const UNPACKED_MAXIMUM_BYTES = 100 * 1024 * 1024;
const ENTRIES_MAXIMUM = 10_000;

const open = promisify<Buffer, { lazyEntries: boolean }, ZipFile>(fromBuffer);

/**
 * A small zip file can hold very much, and can lie about how much: every entry is unpacked once and counted,
 * before a parser is given all of it at once.
 *
 * @throws DocumentTextError `unreadable`, `too_large`.
 */
export async function checkUnpackedSize(bytes: Buffer): Promise<void> {
  let unpacked = 0;
  let entries = 0;
  try {
    const zip = await open(bytes, { lazyEntries: true });
    for (let entry = await nextEntry(zip); entry !== undefined; entry = await nextEntry(zip)) {
      entries += 1;
      if (entries > ENTRIES_MAXIMUM) throw tooLarge();
      for await (const piece of await openEntry(zip, entry)) {
        unpacked += (piece as Buffer).length;
        if (unpacked > UNPACKED_MAXIMUM_BYTES) throw tooLarge();
      }
    }
  } catch (error) {
    if (error instanceof DocumentTextError) throw error;
    throw new DocumentTextError('unreadable', 'The Word document cannot be read: it is damaged, or no .docx.');
  }
}

function tooLarge(): DocumentTextError {
  return new DocumentTextError('too_large', 'The document has more than 100 MiB when it is unpacked.');
}

async function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Entry | undefined>();
  zip.once('entry', resolve);
  zip.once('end', () => resolve(undefined));
  zip.once('error', reject);
  zip.readEntry();
  try {
    return await promise;
  } finally {
    zip.removeAllListeners();
  }
}

async function openEntry(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.ReadableStream>();
  zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)));
  return promise;
}
