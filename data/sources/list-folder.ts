import { opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, nameFault } from '@holdfast/api';
import { openInFolder } from './open-in-folder.ts';

/** As many as a run with uploaded documents may have. */
const DOCUMENTS_MAXIMUM = 10_000;
const DEPTH_MAXIMUM = 32;
const NAME_MAXIMUM_CHARACTERS = 1_000;

export interface FoundDocument {
  /** Relative to the folder, with `/`. */
  readonly name: string;
  readonly size: number;
}

/**
 * Regular files in a folder and its subfolders, in the order of their names. Symbolic links, sockets and the like are left
 * out, so that nothing outside the folder is reached; hidden files (a dot in front) and names that nobody could read too. `skipped` says which.
 * Throws HoldfastError `source_unavailable`.
 */
export async function listFolder(path: string, folderName: string): Promise<{ documents: FoundDocument[]; skipped: string[] }> {
  const documents: FoundDocument[] = [];
  const skipped: string[] = [];

  async function walk(relative: string, depth: number): Promise<void> {
    for await (const entry of await opendir(join(path, relative))) {
      if (entry.name.startsWith('.')) continue;
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (nameFault(entry.name) !== undefined) skipped.push(name);
      else if (entry.isDirectory() && depth < DEPTH_MAXIMUM) await walk(name, depth + 1);
      else if (entry.isFile() && name.length <= NAME_MAXIMUM_CHARACTERS) documents.push({ name, size: await sizeOf(path, name) });
      else skipped.push(name);
      if (documents.length > DOCUMENTS_MAXIMUM) {
        throw new HoldfastError('source_unavailable', `The folder “${folderName}” holds more than ${DOCUMENTS_MAXIMUM} documents.`, {
          remedy: 'Divide the folder; a run takes 10,000 documents.',
        });
      }
    }
  }

  try {
    await walk('', 0);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw unreadable(folderName, error);
  }
  documents.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { documents, skipped };
}

async function sizeOf(path: string, name: string): Promise<number> {
  const file = await openInFolder(path, name);
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Refuses a folder that is not there, with words for its name: the path is the operator's, and not shown to members. */
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
