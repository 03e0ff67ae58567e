import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, closeSync, createWriteStream, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { type BackupFacts, runningEmbedded, startEmbedded, writeBackup } from '@holdfast/db';
import { linkOrRename } from '@holdfast/terminal/link-or-rename';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { serverAccount } from '../database/database.ts';
import { chooseAccounts } from '../home/accounts.ts';
import { type Home, homeAt } from '../home/home.ts';
import { lockHome } from '../home/home-lock.ts';
import type { StartSettings } from '../settings.ts';

export interface BackupResult extends BackupFacts {
  readonly file: string;
  readonly bytes: number;
  readonly milliseconds: number;
}

/**
 * Writes a backup into a file that is complete or not there at all, and readable by this account only.
 * Holdfast may run meanwhile.
 */
export async function backup(settings: StartSettings, file: string, options: { documents: boolean }): Promise<BackupResult> {
  const began = Date.now();
  const path = resolve(file);
  if (existsSync(path)) throw taken(path);
  const database = await reach(settings);
  // Of this backup alone: another of the same name may be under way.
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    const stream = createWriteStream(partial, { mode: 0o600, flags: 'wx', flush: true });
    await once(stream, 'open').catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`${partial} cannot be written (${error.code}).`, {
        remedy: 'Name a file in a folder that exists and may be written to.',
      });
    });
    let bytes = 0;
    const written = finished(stream);
    written.catch(() => {});
    const facts = await writeBackup(database.ownerUrl, options, async (chunk) => {
      bytes += chunk.length;
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), written]);
    });
    stream.end();
    await written;
    chmodSync(partial, 0o600);
    linkOrRename(partial, path);
    rmSync(partial, { force: true });
    flushFolder(dirname(path));
    return { ...facts, file: path, bytes, milliseconds: Date.now() - began };
  } catch (error) {
    rmSync(partial, { force: true });
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(path) : error;
  } finally {
    await database.close();
  }
}

function taken(path: string): CommandError {
  return usageError(`${path} exists already.`, 'Name another file: a backup never replaces one.');
}

/**
 * The database as its owner: the external one, the embedded one that runs, or the embedded one started for as
 * long as this takes.
 */
async function reach(settings: StartSettings): Promise<{ ownerUrl: string; close(): Promise<void> }> {
  if (settings.databaseUrl !== undefined) return { ownerUrl: settings.databaseUrl, close: async () => {} };
  const home = homeAt(settings.home, chooseAccounts(settings.accounts));
  if (!existsSync(join(home.database, 'data'))) {
    throw new CommandError(`There is no database in ${home.folder}.`, {
      remedy: 'Set HOLDFAST_HOME to the folder that Holdfast was started with, or DATABASE_URL.',
    });
  }
  const running = runningEmbedded(home.database);
  if (running !== undefined) return { ownerUrl: running, close: async () => {} };
  return startFor(home);
}

async function startFor(home: Home): Promise<{ ownerUrl: string; close(): Promise<void> }> {
  const unlock = lockHome(home.lock);
  try {
    const embedded = await startEmbedded(home.database, serverAccount(home));
    return {
      ownerUrl: embedded.ownerUrl,
      async close() {
        await embedded.stop();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
