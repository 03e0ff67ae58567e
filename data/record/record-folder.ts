import { constants, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { wholeNotesLength } from '@holdfast/audit';
import { isCanonicalUuid } from '@holdfast/envelope';

/**
 * Where the data plane keeps what it signed, outside of the database and private to its account. In a folder
 * for each organization, by its id:
 *
 * - `checkpoint`: the newest signed checkpoint.
 * - `checkpoints`: all of them, with an empty line between, for auditors.
 * - `snapshot`: what was followed, so that a start need not read the whole log.
 * - `accept`: an operator asks to accept the log as it is (see accept-record.ts).
 * - `accepted`: up to which entry one did.
 *
 * `deleted-` before the id is the folder of one that was deleted: its checkpoints, by which exports of its
 * record still verify.
 */
export type RecordFile = 'checkpoint' | 'checkpoints' | 'snapshot' | 'accept' | 'accepted';

/** More than two notes have, of some 300 bytes each. */
const TAIL_BYTES = 65_536;

export interface RecordFolder {
  organizations(): Promise<string[]>;
  read(organizationId: string, file: RecordFile): Promise<string | undefined>;
  /** On the disk when it returns; the former content is there until then. */
  replace(organizationId: string, file: RecordFile, text: string): Promise<void>;
  /**
   * Puts a note and an empty line behind the signed ones, on the disk when it returns. What was written of it
   * when that fails is taken away; what is left of one whose process ended meanwhile, by the next.
   */
  appendCheckpoint(organizationId: string, note: string): Promise<void>;
  remove(organizationId: string, file: RecordFile): Promise<void>;
  /** Sets aside what was signed, in a folder beside it that bears the time. */
  setAside(organizationId: string, time: Date): Promise<void>;
  /**
   * Remembers that an organization was deleted: keeps what was signed, and removes the rest. Does nothing the
   * second time.
   */
  setDeleted(organizationId: string): Promise<void>;
  isDeleted(organizationId: string): Promise<boolean>;
}

export function recordFolder(folder: string): RecordFolder {
  const place = (organizationId: string, file = '') => join(folder, organizationId, file);
  const deletedPlace = (organizationId: string, file = '') => join(folder, `deleted-${organizationId}`, file);

  async function written(path: string, text: string): Promise<void> {
    const handle = await open(path, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async function make(organizationId: string): Promise<void> {
    await mkdir(place(organizationId), { recursive: true, mode: 0o700 });
  }

  return {
    async organizations() {
      return (await entriesOf(folder)).filter((name) => isCanonicalUuid(name));
    },
    async read(organizationId, file) {
      try {
        return await readFile(place(organizationId, file), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async replace(organizationId, file, text) {
      await make(organizationId);
      const partial = place(organizationId, `${file}.partial`);
      await written(partial, text);
      await rename(partial, place(organizationId, file));
      await syncFolder(place(organizationId));
    },
    async appendCheckpoint(organizationId, note) {
      await make(organizationId);
      const handle = await open(place(organizationId, 'checkpoints'), constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
      try {
        const { size } = await handle.stat();
        const whole = await wholeSize(handle, size);
        if (whole < size) await handle.truncate(whole);
        try {
          await handle.writeFile(`${note}\n`);
          await handle.sync();
        } catch (error) {
          await handle.truncate(whole);
          throw error;
        }
      } finally {
        await handle.close();
      }
    },
    async remove(organizationId, file) {
      await rm(place(organizationId, file), { force: true });
    },
    async setAside(organizationId, time) {
      const aside = place(organizationId, `superseded-${time.toISOString().replaceAll(':', '-')}`);
      await mkdir(aside, { recursive: true, mode: 0o700 });
      for (const file of await entriesOf(place(organizationId))) {
        if (!file.startsWith('superseded-')) await rename(place(organizationId, file), join(aside, file));
      }
      await syncFolder(place(organizationId));
    },
    async setDeleted(organizationId) {
      await mkdir(deletedPlace(organizationId), { recursive: true, mode: 0o700 });
      for (const file of ['checkpoint', 'checkpoints']) {
        await rename(place(organizationId, file), deletedPlace(organizationId, file)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
        });
      }
      await rm(place(organizationId), { recursive: true, force: true });
      await syncFolder(folder);
    },
    async isDeleted(organizationId) {
      return (await stat(deletedPlace(organizationId)).catch(() => undefined)) !== undefined;
    },
  };
}

/** Up to where a file of checkpoints has whole ones. */
async function wholeSize(handle: FileHandle, size: number): Promise<number> {
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const start = size - bytes.length;
  await handle.read(bytes, 0, bytes.length, start);
  const length = wholeNotesLength(bytes);
  // A file that holds something else so far is left as it is.
  return length === 0 && start > 0 ? size : start + length;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Without holding up the process meanwhile, as `syncFolder` of packages/service does. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
