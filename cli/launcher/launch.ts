import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../report.ts';
import { buildConsoleWhenNeeded } from './console-build.ts';
import { prepareDatabase } from './database.ts';
import { type DatabaseProcess, keepRunning } from './database-process.ts';
import { homeAt, makeHome } from './home.ts';
import { lockHome } from './home-lock.ts';
import { waitUntilFree } from './listen-address.ts';
import { planeCommand } from './plane-command.ts';
import { planeEnvironment } from './plane-environments.ts';
import { type PlaneProcess, runPlane } from './plane-process.ts';
import type { StartSettings } from './settings.ts';
import { countState, fingerprintOf, type Summary, setupUrl } from './summary.ts';

const READY_MILLISECONDS = 60_000;

export interface Launched {
  readonly summary: Summary;
  /** Rejects when something cannot be kept running. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and both planes, each as a process of its own, and keeps them running: whatever dies is started again.
 * Stopping goes the other way round, so that the planes can finish what they do while the database is there.
 */
export async function launch(settings: StartSettings, say: (text: string) => void, stopping: AbortSignal): Promise<Launched> {
  const began = Date.now();
  const home = homeAt(settings.home);
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
    await waitUntilFree('HOLDFAST_CONTROL_LISTEN', settings.controlListen);
    await waitUntilFree('HOLDFAST_DATA_LISTEN', settings.dataListen);
    await buildConsoleWhenNeeded(() => say('Building the console (once) …'));
    if (settings.databaseUrl === undefined && !existsSync(join(home.database, 'data'))) say('Making the database (once) …');
    stopping.throwIfAborted();
    const rootKeyFile = settings.rootKeyFile ?? join(home.keys, 'root.key');
    const prepared = await prepareDatabase(home, settings.databaseUrl, rootKeyFile);
    database = keepRunning(home, prepared, say);
    database.failed.catch(fail);
    stopping.throwIfAborted();
    const rootKeyFound = existsSync(rootKeyFile) ? 'existing' : 'new';
    for (const plane of ['data', 'control'] as const) {
      const environment = planeEnvironment(plane, home, settings, prepared.urlFiles[plane]);
      planes.push(runPlane(planeCommand(plane, environment), home.logs[plane], say));
    }
    for (const plane of planes) plane.failed.catch(fail);
    const dataUrl = `http://${settings.dataListen}`;
    await Promise.race([failed, untilReady([`http://${settings.controlListen}`, dataUrl], home.folder, stopping)]);
    const { organizations, secrets, signingKey } = await countState(prepared.ownerUrl);
    const summary: Summary = {
      home: home.folder,
      database: prepared.embedded ? 'embedded' : 'external',
      databaseFound: prepared.embedded?.found ?? (prepared.migrationsApplied > 0 && organizations === 0 ? 'new' : 'existing'),
      rootKeyFile,
      rootKeyFound,
      signingKeyFingerprint: await fingerprintOf(signingKey),
      organizations,
      secrets,
      consoleUrl: settings.publicUrl,
      setupUrl: setupUrl(home, settings.publicUrl),
      dataUrl,
      milliseconds: Date.now() - began,
    };
    return { summary, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilReady(urls: readonly string[], home: string, stopping: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_MILLISECONDS;
  for (const url of urls) {
    while (!(await isReady(url))) {
      if (Date.now() > deadline) {
        throw new CommandError(`${url} was not ready after ${READY_MILLISECONDS / 1000} s.`, {
          remedy: `Read the logs in ${home}/logs.`,
        });
      }
      await sleep(50, undefined, { signal: stopping });
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
}
