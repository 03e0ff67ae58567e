import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCanonicalUuid, uuidv7 } from '@holdfast/envelope';
import { removeFirstName } from '@holdfast/service/private-file';
import { localRootKey, ROOT_KEY_BYTES, type RootKey, RootKeyError } from './root-key.ts';

/**
 * The root key as a file:
 *   holdfast-root-key/1
 *   id 0199…            (UUIDv7; stands beside everything that the key has wrapped)
 *   key 43 characters   (32 random bytes in base64url)
 * Nobody but its owner may read it.
 */
const FORMAT = /^holdfast-root-key\/1\nid ([0-9a-f-]{36})\nkey ([A-Za-z0-9_-]{43})\n?$/;

/**
 * `undefined` when there is no such file. Of one that a crash has left with two names the first is removed:
 * the launcher gives no file to another account that has a second name.
 *
 * @throws RootKeyError when it may be read by others than its owner, or is no root key.
 */
export async function readRootKeyFile(path: string): Promise<RootKey | undefined> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new RootKeyError(`The root key file ${path} may be read by others than its owner. Run: chmod 400 '${path}'`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [, id, key] = FORMAT.exec(text) ?? [];
  if (id === undefined || key === undefined)
    throw new RootKeyError(`The file ${path} is not a root key. Put back the one from your backup.`);
  try {
    removeFirstName(path, isCanonicalUuid);
  } catch {
    // The folder may not be written to: the key is as good as before.
  }
  return localRootKey(id, Buffer.from(key, 'base64url'));
}

/**
 * Makes a new root key. The file is complete and on the disk before it has its name, and never replaces
 * another: a key that wraps something must not be lost to a crash.
 *
 * @throws RootKeyError when another one appeared meanwhile.
 */
export async function createRootKeyFile(path: string): Promise<RootKey> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const id = uuidv7();
  const secret = randomBytes(ROOT_KEY_BYTES);
  const unfinished = `${path}.${id}`;
  const file = await open(unfinished, 'wx', 0o400);
  try {
    await file.writeFile(`holdfast-root-key/1\nid ${id}\nkey ${secret.toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename, a link never takes the place of a file that is there.
    await link(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new RootKeyError(`The root key file ${path} appeared while another was being made. Start again.`);
  } finally {
    await rm(unfinished);
  }
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return localRootKey(id, secret);
}
