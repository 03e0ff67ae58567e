import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '@holdfast/db/owner';
import { hostAndPort } from '@holdfast/envelope';
import { SETTINGS } from '@holdfast/settings';
import { CommandError } from '@holdfast/terminal/report';
import { prepareDatabase, serverAccount } from './database/database.ts';
import { type DatabaseProcess, keepRunning } from './database/database-process.ts';
import { signingKeyOf } from './doctor/signing-key.ts';
import { checkAccounts } from './home/account-checks.ts';
import { chooseAccounts } from './home/accounts.ts';
import { homeAt, makeHome } from './home/home.ts';
import { lockHome } from './home/home-lock.ts';
import { giveState } from './home/state-owners.ts';
import { waitUntilFree } from './planes/listen-address.ts';
import { planeCommand } from './planes/plane-command.ts';
import { planeEnvironment } from './planes/plane-environments.ts';
import { placeFor } from './planes/plane-place.ts';
import { type PlaneProcess, runPlane } from './planes/plane-process.ts';
import type { StartSettings } from './settings.ts';
import { countState, type Summary, setupUrl } from './summary.ts';

const READY_MILLISECONDS = 60_000;

export interface Launched {
  readonly summary: Summary;
  /** Rejects when something cannot be kept running. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and both planes, each as a process of its own, and keeps them running: whatever dies is
 * started again. Stopping goes the other way round, so that the planes can finish what they do while the
 * database is there.
 */
export async function launch(settings: StartSettings, say: (text: string) => void, stopping: AbortSignal): Promise<Launched> {
  const began = Date.now();
  const accounts = chooseAccounts(settings.accounts);
  const home = homeAt(settings.home, accounts && checkAccounts(settings, accounts, say));
  makeHome(home);
  const unlock = lockHome(home.lock);
  const planes: PlaneProcess[] = [];
  let database: DatabaseProcess | undefined;
  let stopped = false;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});

  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await Promise.all(planes.map((plane) => plane.stop()));
    await database?.stop();
    unlock();
  };

  try {
    giveState(home);
    await waitUntilFree(SETTINGS.controlListen.variable, settings.controlListen);
    await waitUntilFree(SETTINGS.dataListen.variable, settings.dataListen);
    const place = await placeFor(home, ['control', 'data'], say);
    if (settings.databaseUrl === undefined && !existsSync(join(home.database, 'data'))) say('Making the database (once) …');
    stopping.throwIfAborted();
    const rootKeyFile = settings.rootKeyFile ?? join(home.keys, 'root.key');
    const prepared = await prepareDatabase(home, settings.databaseUrl, rootKeyFile, stopping);
    const { embedded } = prepared;
    if (embedded !== null) {
      const { socketFolder } = embedded;
      database = keepRunning(
        embedded,
        (options) => startEmbedded(home.database, { ...serverAccount(home), socketFolder, ...options }),
        say,
      );
    }
    stopping.throwIfAborted();
    const rootKeyFound = existsSync(rootKeyFile) ? 'existing' : 'new';
    const urls = { control: `http://${hostAndPort(settings.controlListen)}`, data: `http://${hostAndPort(settings.dataListen)}` };
    for (const plane of ['data', 'control'] as const) {
      const command = planeCommand(plane, planeEnvironment(plane, place, settings), place);
      planes.push(runPlane(command, urls[plane], home.logs[plane], say));
    }
    for (const plane of planes) plane.failed.catch(fail);
    await untilAllReady(planes, failed, home.folder, stopping);
    const { organizations, secrets } = await countState(prepared.ownerUrl);
    const summary: Summary = {
      home: home.folder,
      database: prepared.embedded ? 'embedded' : 'external',
      databaseFound: prepared.embedded?.found ?? (prepared.migrationsApplied > 0 && organizations === 0 ? 'new' : 'existing'),
      rootKeyFile,
      rootKeyFound,
      signingKeyFingerprint: (await signingKeyOf(urls.data)).fingerprint,
      organizations,
      secrets,
      consoleUrl: settings.publicUrl,
      setupUrl: setupUrl(home, settings.publicUrl),
      dataUrl: urls.data,
      accounts: home.accounts && {
        control: home.accounts.control.uid,
        data: home.accounts.data.uid,
        database: home.accounts.database.uid,
      },
      milliseconds: Date.now() - began,
    };
    return { summary, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Both ready, or the first that fails; asked to stop, it ends too. */
async function untilAllReady(planes: readonly PlaneProcess[], failed: Promise<never>, home: string, stopping: AbortSignal): Promise<void> {
  const over = new AbortController();
  const late = sleep(READY_MILLISECONDS, undefined, { signal: AbortSignal.any([over.signal, stopping]) }).then(() => {
    throw new CommandError(`Holdfast was not ready after ${READY_MILLISECONDS / 1000} s.`, {
      remedy: `Read the logs in ${home}/logs.`,
    });
  });
  late.catch(() => {});
  try {
    await Promise.race([failed, late, Promise.all(planes.map((plane) => plane.ready))]);
  } finally {
    over.abort();
  }
}
