import type { Dirent } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCUMENT_NAME_MAXIMUM_CHARACTERS, HoldfastError, nameFault } from '@holdfast/api';
import { isLeftOut, leftOut } from './left-out.ts';
import { sizeInFolder } from './open-in-folder.ts';

/** As many as a run with uploaded documents may have. */
const DOCUMENTS_MAXIMUM = 10_000;
/** Of what is left out, as many are named; a log line says how many more there are. */
const SKIPPED_MAXIMUM = 1_000;
const DEPTH_MAXIMUM = 32;

export interface FoundDocument {
  /** Relative to the folder, with `/`. */
  readonly name: string;
  readonly size: number;
}

export interface SkippedEntry {
  /**
   * Relative to the folder, with `/`. What people could not read in it is written as an escape, so it may not
   * be the name on disk.
   */
  readonly name: string;
  /** A sentence. */
  readonly detail: string;
  readonly remedy: string;
}

export interface Listing {
  /** In the order of their names, and so are those that are left out. */
  readonly documents: FoundDocument[];
  readonly skipped: SkippedEntry[];
  /** How many more are left out than `skipped` names. */
  readonly skippedBeyond: number;
}

/**
 * Regular files in a folder and its subfolders. Left out by name, each with its reason: symbolic links,
 * sockets and the like, so that nothing outside the folder is reached; files and folders that cannot be
 * opened or are gone; names that are not UTF-8 or that nobody could read. Hidden files (a dot in front) are
 * passed over. Throws HoldfastError `source_unavailable` when the folder itself cannot be read.
 */
export async function listFolder(path: string, folderName: string): Promise<Listing> {
  const documents: FoundDocument[] = [];
  const skipped: SkippedEntry[] = [];
  let skippedCount = 0;
  const skip = (name: string, detail: string, remedy: string) => {
    skippedCount += 1;
    if (skipped.length < SKIPPED_MAXIMUM) skipped.push({ name, detail, remedy });
  };

  async function walk(relative: string, depth: number): Promise<void> {
    // As bytes: a name that is not UTF-8 would come as another name, which is not there.
    for await (const entry of await opendir(join(path, relative), { encoding: 'buffer' as BufferEncoding })) {
      const bytes = entry.name as unknown as Buffer;
      if (bytes[0] === 0x2e) continue;
      const inFolder = (name: string) => (relative === '' ? name : `${relative}/${name}`);
      const fault = nameFaultOf(bytes);
      if (fault !== undefined) {
        skip(inFolder(shownName(bytes)), fault, 'Rename it, and start the run again.');
        continue;
      }
      await take(entry, inFolder(bytes.toString('utf8')), depth);
      if (documents.length > DOCUMENTS_MAXIMUM) {
        throw new HoldfastError('source_unavailable', `The folder “${folderName}” holds more than ${DOCUMENTS_MAXIMUM} documents.`, {
          remedy: 'Divide the folder; a run takes 10,000 documents.',
        });
      }
    }
  }

  async function take(entry: Dirent, name: string, depth: number): Promise<void> {
    if (entry.isDirectory()) {
      if (depth >= DEPTH_MAXIMUM) {
        skip(name, `It is more than ${DEPTH_MAXIMUM} folders deep.`, 'Move it further up, and start the run again.');
        return;
      }
      await walk(name, depth + 1).catch((error) => {
        if (error instanceof HoldfastError) throw error;
        const { message, remedy } = leftOut(name, error);
        skip(name, message, remedy);
      });
      return;
    }
    const kind = kindInWords(entry);
    if (kind !== undefined) skip(name, `It is ${kind}.`, 'Put the document itself into the folder; links are not followed.');
    else if (name.length > DOCUMENT_NAME_MAXIMUM_CHARACTERS)
      skip(name, `Its path has more than ${DOCUMENT_NAME_MAXIMUM_CHARACTERS} characters.`, 'Shorten it, and start the run again.');
    else {
      try {
        documents.push({ name, size: await sizeInFolder(path, name) });
      } catch (error) {
        if (!isLeftOut(error)) throw error;
        skip(name, error.message, error.remedy);
      }
    }
  }

  try {
    await walk('', 0);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw unreadable(folderName, error);
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return { documents: documents.sort(byName), skipped: skipped.sort(byName), skippedBeyond: skippedCount - skipped.length };
}

function kindInWords(entry: Dirent): string | undefined {
  if (entry.isFile()) return undefined;
  if (entry.isSymbolicLink()) return 'a link';
  if (entry.isSocket()) return 'a socket';
  if (entry.isFIFO()) return 'a pipe';
  return 'no regular file';
}

function nameFaultOf(bytes: Buffer): string | undefined {
  const name = bytes.toString('utf8');
  return Buffer.from(name, 'utf8').equals(bytes) ? nameFault(name) : 'Its name is not UTF-8.';
}

/** Bytes that are no text, and characters that cannot be seen, as escapes: `M\xE4rz.pdf`, `a\u{200B}.pdf`. */
function shownName(bytes: Buffer): string {
  const name = bytes.toString('utf8');
  if (!Buffer.from(name, 'utf8').equals(bytes)) {
    return Array.from(bytes, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  }
  return Array.from(name, (character) =>
    nameFault(character) === undefined ? character : `\\u{${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}}`,
  ).join('');
}

/**
 * Refuses a folder that is not there, with words for its name: the path is the operator's, and not shown to
 * members.
 */
export async function realFolder(path: string, folderName: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw unreadable(folderName, error);
  }
}

function unreadable(folderName: string, error: unknown): HoldfastError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new HoldfastError('source_unavailable', `The folder “${folderName}” cannot be read (${code}).`, { cause: error });
}
