import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, createReadStream, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  checkArchive,
  databaseAddress,
  type EmbeddedDatabase,
  type RestoredFacts,
  reachDatabase,
  refuseFilledDatabase,
  refuseOtherRootKey,
  removeUnfinishedRestore,
  restoreBackup,
  startEmbedded,
} from '@holdfast/db';
import { isCanonicalUuid } from '@holdfast/envelope';
import { CommandError } from '@holdfast/terminal/report';
import { identityOf, serverAccount, writeDatabaseUrls } from '../database/database.ts';
import { checkAccounts } from '../home/account-checks.ts';
import { chooseAccounts } from '../home/accounts.ts';
import { RESTORE_MARK } from '../home/choose-home.ts';
import { type Home, homeAt, makeHome } from '../home/home.ts';
import { lockHome } from '../home/home-lock.ts';
import { readRootKeyId } from '../home/root-key-id.ts';
import { giveState } from '../home/state-owners.ts';
import { permissionFlags } from '../planes/permissions.ts';
import { planeEnvironment } from '../planes/plane-environments.ts';
import { placeFor } from '../planes/plane-place.ts';
import type { StartSettings } from '../settings.ts';
import { type RestoreTarget, readRestoreMark, writeRestoreMark } from './unfinished-restore.ts';

interface OrganizationReason {
  readonly organization: string;
  readonly reason: string;
}

/** What the data plane's code found in the restored database; see data/check-restored.ts. */
export interface RestoreCheck {
  readonly organizations: number;
  readonly entries: number;
  readonly opened: number;
  readonly values: number;
  readonly older: readonly OrganizationReason[];
  readonly stopped: readonly OrganizationReason[];
  readonly unopened: readonly (OrganizationReason & { readonly versionId: string })[];
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
  const home = homeAt(settings.home, accounts && checkAccounts(settings, accounts, say));
  makeHome(home);
  const unlock = lockHome(home.lock);
  try {
    const rootKeyFile = settings.rootKeyFile ?? join(home.keys, 'root.key');
    const identity = identityOf(home, readRootKeyId(rootKeyFile));
    refuseOtherRootKey(header, identity);
    if (settings.databaseUrl !== undefined) await reachDatabase(settings.databaseUrl);
    const target = targetOf(settings.databaseUrl);
    await removeInterrupted(home, settings.databaseUrl, identity.homeId);
    await refuseFilled(home, settings.databaseUrl, identity.homeId);
    writeRestoreMark(home, target);
    // From here on whatever this restore makes is removed when it fails: nothing of it was there before.
    let embedded: EmbeddedDatabase | undefined;
    try {
      if (settings.databaseUrl === undefined) embedded = await startEmbedded(home.database, serverAccount(home));
      const ownerUrl = embedded?.ownerUrl ?? (settings.databaseUrl as string);
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
      await embedded?.stop().catch(() => {});
      await removeMade(home, target, settings.databaseUrl, identity.homeId).catch(() => {});
      throw error;
    }
  } finally {
    unlock();
  }
}

function targetOf(databaseUrl: string | undefined): RestoreTarget {
  return databaseUrl === undefined ? 'embedded' : databaseAddress(databaseUrl);
}

/** What an interrupted restore has made, by what it has written down before. */
async function removeInterrupted(home: Home, databaseUrl: string | undefined, homeId: string): Promise<void> {
  const begun = readRestoreMark(home);
  if (begun === undefined) return;
  if (begun !== 'embedded' && begun !== targetOf(databaseUrl)) {
    throw new CommandError(`A restore into the database ${begun} has begun in ${home.folder} and not ended.`, {
      remedy: `Set DATABASE_URL to that database and restore again: what is left there is removed first. When that database is gone, delete ${join(home.folder, RESTORE_MARK)}.`,
    });
  }
  await removeMade(home, begun, databaseUrl, homeId);
}

/** Everything that a restore makes in a database and a home; the mark last, which says so until then. */
async function removeMade(home: Home, target: RestoreTarget, databaseUrl: string | undefined, homeId: string): Promise<void> {
  if (target === 'embedded') rmSync(join(home.database, 'data'), { recursive: true, force: true });
  else if (databaseUrl !== undefined) await removeUnfinishedRestore(databaseUrl, homeId);
  for (const path of [join(home.data, 'record'), home.databaseUrls.control, home.databaseUrls.data]) {
    rmSync(path, { recursive: true, force: true });
  }
  rmSync(join(home.folder, RESTORE_MARK), { force: true });
}

/** A home whose embedded database is there keeps it, also when another one is to be filled. */
async function refuseFilled(home: Home, databaseUrl: string | undefined, homeId: string): Promise<void> {
  const record = join(home.data, 'record');
  // What a restore that fails removes is not to be there before it.
  const { control, data } = home.databaseUrls;
  const inUse = [join(home.database, 'data'), ...(hasEntries(record) ? [record] : []), control, data].find(existsSync);
  if (inUse !== undefined) {
    throw new CommandError(
      `A backup is restored into an empty home and an empty database, and ${inUse} is ${lstatSync(inUse).isDirectory() ? 'not empty' : 'there'}.`,
      {
        remedy: 'Move it away, or set HOLDFAST_HOME (and DATABASE_URL) to another. Only keys/root.key is to be there. Nothing was changed.',
      },
    );
  }
  if (databaseUrl !== undefined) await refuseFilledDatabase(databaseUrl, homeId);
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
