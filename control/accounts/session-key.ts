import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError } from '@holdfast/service';

const KEY_BYTES = 32;
const EMPTY_LOOKS = 10;
const EMPTY_PAUSE_MILLISECONDS = 50;
const MINIMUM_CHARACTERS = 32;

/** The key that signs session cookies; made at the first start, readable by our own user only. */
export async function readOrMakeSessionKey(path: string): Promise<string> {
  const found = await read(path);
  if (found !== undefined) return found;
  await removeEmpty(path);
  try {
    const made = randomBytes(KEY_BYTES).toString('base64url');
    const write = () => writeFile(path, `${made}\n`, { mode: 0o400, flag: 'wx', flush: true });
    await write().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      // Only when it is missing: the folder of a key elsewhere is not granted to this process.
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await write();
    });
    return made;
  } catch (error) {
    // Another control plane on this machine was first.
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readWhenWritten(path) : undefined;
    if (other !== undefined) return other;
    throw new ConfigurationError(
      `The session key cannot be written to ${path}.`,
      'Make its folder writable, or set HOLDFAST_SESSION_KEY_FILE.',
    );
  }
}

async function readWhenWritten(path: string): Promise<string | undefined> {
  for (let look = 0; look < EMPTY_LOOKS; look += 1) {
    const key = await read(path);
    if (key !== undefined) return key;
    await sleep(EMPTY_PAUSE_MILLISECONDS);
  }
  return undefined;
}

/**
 * A start that was killed, or had no room, between making the file and writing it, left an empty one. Not at
 * once: another plane may be just there. The key cannot be made beside it and renamed: of a key elsewhere,
 * this process is granted that path alone.
 */
async function removeEmpty(path: string): Promise<void> {
  for (let look = 0; look < EMPTY_LOOKS; look += 1) {
    const facts = await stat(path).catch(() => undefined);
    if (facts?.size !== 0) return;
    await sleep(EMPTY_PAUSE_MILLISECONDS);
  }
  await rm(path, { force: true });
}

async function read(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ConfigurationError(`The session key ${path} cannot be read (${error.code}).`, 'Correct its permissions.');
  });
  if (text === undefined || text === '') return undefined;
  const key = text.trim();
  if (key.length < MINIMUM_CHARACTERS) {
    throw new ConfigurationError(
      `The session key ${path} is shorter than ${MINIMUM_CHARACTERS} characters.`,
      'Remove it: a new one is made, and everybody signs in again.',
    );
  }
  return key;
}
