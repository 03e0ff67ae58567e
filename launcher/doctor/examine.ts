import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@holdfast/db';
import { hostAndPort } from '@holdfast/envelope';
import { homeAt } from '../home/home.ts';
import type { StartSettings } from '../settings.ts';
import { examineClock } from './examine-clock.ts';
import { examineNodes } from './examine-nodes.ts';
import { examineOwners } from './examine-owners.ts';
import type { Finding } from './finding.ts';
import { examineKeyRotations } from './key-rotations.ts';
import { signingKeyOf } from './signing-key.ts';
import { stoppedRecords } from './stopped-records.ts';

const FREE_MINIMUM_BYTES = 1_073_741_824;

/** Looks at everything that an operator would be asked for first. Changes nothing. */
export async function examine(settings: StartSettings): Promise<Finding[]> {
  const home = homeAt(settings.home);
  // Which Node that is was seen to by bin/holdfast.mjs.
  const findings: Finding[] = [{ state: 'fine', what: `Node ${process.versions.node}.` }];
  if (!existsSync(home.folder)) {
    return [
      ...findings,
      {
        state: 'warning',
        what: `There is no state in ${home.folder} yet.`,
        remedy: 'Start Holdfast once, or set HOLDFAST_HOME to where it is.',
      },
    ];
  }
  const rootKeyFile = settings.rootKeyFile ?? join(home.keys, 'root.key');
  findings.push(...examineOwners(settings), rootKey(rootKeyFile), freeSpace(home.folder));
  const urlFile = home.databaseUrls.control;
  findings.push(...(existsSync(urlFile) ? await database(readFileSync(urlFile, 'utf8')) : [missingUrl(urlFile)]));
  const dataUrl = `http://${hostAndPort(settings.dataListen)}`;
  findings.push(await plane('control', `http://${hostAndPort(settings.controlListen)}`), await plane('data', dataUrl));
  if (existsSync(urlFile)) {
    const url = readFileSync(urlFile, 'utf8');
    // That the database does not answer is a finding of its own.
    findings.push(
      ...(await examineNodes(url).catch(() => [])),
      ...(await records(url)),
      ...(await examineKeyRotations(url).catch(() => [])),
    );
  }
  findings.push(...(await signingKey(dataUrl)));
  return findings;
}

function rootKey(file: string): Finding {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (!facts)
    return {
      state: 'wrong',
      what: `There is no root key at ${file}.`,
      remedy: 'Restore it from its backup, or set HOLDFAST_ROOT_KEY_FILE.',
    };
  if ((facts.mode & 0o077) !== 0)
    return { state: 'wrong', what: `The root key ${file} can be read by other accounts.`, remedy: `chmod 400 ${file}` };
  return { state: 'fine', what: `Root key at ${file}, private. Keep a backup apart from the database.` };
}

function freeSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const gibibytes = ((bavail * bsize) / 1_073_741_824).toFixed(1);
  return bavail * bsize < FREE_MINIMUM_BYTES
    ? {
        state: 'warning',
        what: `Only ${gibibytes} GiB are free for ${folder}.`,
        remedy: 'Make room: PostgreSQL stops writing when the disk is full.',
      }
    : { state: 'fine', what: `${gibibytes} GiB are free for the state.` };
}

function missingUrl(file: string): Finding {
  return {
    state: 'wrong',
    what: `${file} is missing: the database was never prepared from this home.`,
    remedy:
      'Set HOLDFAST_HOME to the home of the first start or migrate, which keeps this file: in that of a plane that runs alone there is none. For a new instance run holdfast start.',
  };
}

async function database(url: string): Promise<Finding[]> {
  const db = connect(url, { name: 'holdfast-doctor', maximumConnections: 1 });
  try {
    const { number, now } = await db
      .selectFrom('schema_migration')
      .select((e) => [e.fn.max('number').as('number'), e.fn<Date>('clock_timestamp', []).as('now')])
      .executeTakeFirstOrThrow();
    const { latest } = await db.selectFrom('clock').select('latest').executeTakeFirstOrThrow();
    return [
      { state: 'fine', what: `The database answers; schema ${number}.` },
      examineClock({ machine: new Date(), database: now, latest }),
    ];
  } catch (error) {
    return [
      {
        state: 'wrong',
        what: `The database does not answer (${(error as { code?: string }).code ?? 'no reason given'}).`,
        remedy: 'Start Holdfast; for your own PostgreSQL check DATABASE_URL.',
      },
    ];
  } finally {
    await db.destroy();
  }
}

async function plane(name: string, url: string): Promise<Finding> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) });
    if (answer.ok) return { state: 'fine', what: `The ${name} plane is ready at ${url}.` };
    const { checks } = (await answer.json()) as { checks?: Record<string, string> };
    const failed = Object.entries(checks ?? {})
      .filter(([, state]) => state !== 'ok')
      .map(([check]) => check);
    return {
      state: 'wrong',
      what: `The ${name} plane is not ready: ${failed.join(', ') || answer.status}.`,
      remedy: `Read its log, logs/${name}.log in the state's folder.`,
    };
  } catch {
    return {
      state: 'wrong',
      what: `The ${name} plane does not answer at ${url}.`,
      remedy: 'Start Holdfast, or correct the address in the environment.',
    };
  }
}

async function records(url: string): Promise<Finding[]> {
  try {
    const stopped = await stoppedRecords(url);
    if (stopped.length === 0) return [{ state: 'fine', what: 'Every audit record verifies, as far as the data plane has read.' }];
    return stopped.map(({ slug, reason }) => ({
      state: 'wrong',
      what: `The audit record of “${slug}” does not verify, and its secrets are not used: ${reason}`,
      remedy: `Find out who changed the database. Restore a backup, or: holdfast record accept ${slug}`,
    }));
  } catch {
    // That the database does not answer is a finding of its own.
    return [];
  }
}

async function signingKey(dataUrl: string): Promise<Finding[]> {
  try {
    const { fingerprint } = await signingKeyOf(dataUrl);
    return [{ state: 'fine', what: `Signing key ${fingerprint}, as the data plane holds it.` }];
  } catch {
    return [];
  }
}
