import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, createReadStream, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  checkArchive,
  type EmbeddedDatabase,
  holdsInstance,
  type RestoredFacts,
  removeUnfinishedRestore,
  restoreBackup,
  startEmbedded,
} from '@holdfast/db';
import { isCanonicalUuid } from '@holdfast/envelope';
import { CommandError } from '@holdfast/terminal/report';
import { fitAccounts } from './account-checks.ts';
import { chooseAccounts } from './accounts.ts';
import { identityOf, serverAccount, writeDatabaseUrls } from './database.ts';
import { type Home, homeAt, makeHome, RESTORE_MARK } from './home.ts';
import { lockHome } from './home-lock.ts';
import { permissionFlags } from './permissions.ts';
import { planeEnvironment } from './plane-environments.ts';
import { placeFor } from './plane-place.ts';
import { readRootKeyId } from './root-key-id.ts';
import type { StartSettings } from './settings.ts';
import { giveState } from './state-owners.ts';

/** What the data plane's code found in the restored database; see data/check-restored.ts. */
export interface RestoreCheck {
  readonly organizations: number;
  readonly entries: number;
  readonly opened: number;
  readonly values: number;
  readonly older: readonly { readonly organization: string; readonly reason: string }[];
  readonly failures: readonly string[];
}

export interface RestoreResult extends Omit<RestoredFacts, 'prepared'> {
  readonly check: RestoreCheck;
  readonly milliseconds: number;
}

/**
 * Restores a backup into an empty home and an empty database, and checks it. Until it has ended a mark in the
 * home keeps Holdfast from starting; what an interrupted restore has left is removed by the next one.
 *
 * @param checkpoints the folder data/record of a former home: what was signed there is held against the
 *   backup.
 */
export async function restore(
  settings: StartSettings,
  file: string,
  checkpoints: string | undefined,
  say: (text: string) => void,
): Promise<RestoreResult> {
  const began = Date.now();
  const path = resolve(file);
  if (!existsSync(path)) throw new CommandError(`There is no file ${path}.`, { exitCode: 2 });
  const open = () => createReadStream(path) as AsyncIterable<Buffer>;
  const header = await checkArchive(open());
  const accounts = chooseAccounts(settings.accounts);
  const home = homeAt(settings.home, accounts && fitAccounts(settings, accounts, say));
  makeHome(home);
  const unlock = lockHome(home.lock);
  let embedded: EmbeddedDatabase | undefined;
  try {
    const rootKeyFile = settings.rootKeyFile ?? join(home.keys, 'root.key');
    const identity = identityOf(home, readRootKeyId(rootKeyFile));
    await makeRoom(home, settings.databaseUrl, identity.homeId);
    if (settings.databaseUrl === undefined) embedded = await startEmbedded(home.database, serverAccount(home));
    const ownerUrl = embedded?.ownerUrl ?? (settings.databaseUrl as string);
    const undo = async () => {
      await removeUnfinishedRestore(ownerUrl, identity.homeId);
      await embedded?.stop();
      clear(home);
    };
    try {
      const { prepared, ...facts } = await restoreBackup(ownerUrl, identity, open, header);
      if (checkpoints !== undefined) takeCheckpoints(checkpoints, join(home.data, 'record'));
      giveState(home);
      // Afterwards: their folder is the launcher's, and they are the planes'.
      writeDatabaseUrls(home, ownerUrl, prepared.roles, identity.passwords);
      const check = await checkRestored(home, settings, say);
      if (check.failures.length > 0) {
        throw new CommandError(`The backup was read, but it cannot be used. ${check.failures.join(' ')}`, {
          remedy: 'Restore another backup. Nothing of this one was kept.',
        });
      }
      await embedded?.stop();
      rmSync(join(home.folder, RESTORE_MARK));
      return { ...facts, check, milliseconds: Date.now() - began };
    } catch (error) {
      await undo().catch(() => {});
      throw error;
    }
  } finally {
    unlock();
  }
}

/** Refuses what is not empty, and removes what an interrupted restore has left. */
async function makeRoom(home: Home, databaseUrl: string | undefined, homeId: string): Promise<void> {
  const mark = join(home.folder, RESTORE_MARK);
  const unfinished = existsSync(mark);
  if (unfinished) {
    if (databaseUrl !== undefined) await removeUnfinishedRestore(databaseUrl, homeId);
    clear(home, { mark: false });
    return;
  }
  const record = join(home.data, 'record');
  const inUse = [...(databaseUrl === undefined ? [join(home.database, 'data')] : []), ...(hasEntries(record) ? [record] : [])].find(
    existsSync,
  );
  if (inUse !== undefined || (databaseUrl !== undefined && (await holdsInstance(databaseUrl)))) {
    throw new CommandError(
      `A backup is restored into an empty home and an empty database, and ${inUse ?? 'the database of DATABASE_URL'} is not empty.`,
      {
        remedy: 'Move it away, or set HOLDFAST_HOME (and DATABASE_URL) to another. Only keys/root.key is to be there.',
      },
    );
  }
  writeFileSync(mark, 'A restore began here and has not ended. Run holdfast restore again.\n', { mode: 0o600 });
}

/** Everything that a restore makes in a home. */
function clear(home: Home, what: { mark: boolean } = { mark: true }): void {
  for (const path of [join(home.database, 'data'), join(home.data, 'record'), home.databaseUrls.control, home.databaseUrls.data]) {
    rmSync(path, { recursive: true, force: true });
  }
  if (what.mark) rmSync(join(home.folder, RESTORE_MARK), { force: true });
}

function hasEntries(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}

/** Only what was signed: the rest is found out again. */
function takeCheckpoints(from: string, to: string): void {
  const found = hasEntries(from)
    ? readdirSync(from).filter((name) => isCanonicalUuid(name) && existsSync(join(from, name, 'checkpoint')))
    : [];
  if (found.length === 0) {
    throw new CommandError(`There are no checkpoints in ${from}.`, { remedy: 'Name the folder data/record of the former home.' });
  }
  for (const organization of found) {
    mkdirSync(join(to, organization), { recursive: true, mode: 0o700 });
    for (const name of ['checkpoint', 'checkpoints']) {
      if (existsSync(join(from, organization, name))) cpSync(join(from, organization, name), join(to, organization, name));
    }
  }
}

/** By the data plane's own code, as its own account: nothing else may open a value. */
async function checkRestored(home: Home, settings: StartSettings, say: (text: string) => void): Promise<RestoreCheck> {
  const place = await placeFor(home, ['data'], say);
  const compiled = place.compiled.data;
  const environment = planeEnvironment('data', place, settings);
  const account = place.home.accounts?.data;
  const child = spawn(
    place.program,
    [...permissionFlags('data', { code: place.code, compiled }, environment), join(compiled, 'check-restored.mjs')],
    {
      env: environment,
      cwd: place.workingDirectory,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(account ?? {}),
    },
  );
  let [output, complaint] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-2_000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new CommandError(`The restored database could not be checked. ${complaint.trim().slice(-600)}`.trim(), {
      remedy: 'Check that the root key is the one of this backup. Nothing of it was kept.',
    });
  }
  return JSON.parse(output) as RestoreCheck;
}
