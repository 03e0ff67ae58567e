import { realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesNamedFor, readSettings, SETTINGS } from '@holdfast/settings';
import { CommandError } from '@holdfast/terminal/report';
import type { PlaneName } from './plane-name.ts';

/** Where a plane's code lies, as its own account sees it. */
export interface PlaneCode {
  readonly code: string;
  readonly compiled: string;
}

interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/**
 * What a plane reads besides its compiled copy. Of the rest of the clone (the other plane's code, packages,
 * tests, tools, a home that lies in it) it sees nothing.
 */
export const BESIDE_COMPILED: Readonly<Record<PlaneName, readonly string[]>> = {
  control: ['package.json', 'db/migrations', 'db/usable.sql', 'console/dist'],
  data: ['data/package.json', 'db/migrations', 'db/usable.sql'],
};

/**
 * Node's flags for a plane: its own folders and the code, no child process, addon or WASI, threads of its own
 * code for the data plane alone, no inspector, also not by a signal, and no SQLite, which opens files past
 * the permission model.
 *
 * @param code the clone, or the copy of it that the plane runs from.
 * @param compiled the folder of the plane's compiled copy, in it.
 * @param environment of the plane, with paths as the plane itself sees them.
 * @throws CommandError when the state would be readable as code, or a path cannot be written as a flag.
 */
export function permissionFlags(plane: PlaneName, { code, compiled }: PlaneCode, environment: NodeJS.ProcessEnv): string[] {
  const settings = readSettings(environment, [plane], { unreadableFiles: 'ignore' });
  const { home } = settings;
  const codeRead = [compiled, ...BESIDE_COMPILED[plane].map((path) => join(code, path))];
  const enclosing = codeRead.find((path) => isWithin(home, path));
  if (enclosing !== undefined) {
    throw new CommandError(`${SETTINGS.home.variable} (${home}) lies in ${enclosing}, which the ${plane} plane may read.`, {
      remedy: 'Move it out of there.',
      exitCode: 2,
    });
  }
  const own = plane === 'control' ? controlGrants(environment) : dataGrants(environment);
  const read = [...codeRead, ...own.read, ...own.write, ...namedFiles(plane, environment), ...certificateFiles(settings.databaseUrl ?? '')];
  return [
    '--permission',
    // Documents of strangers are read in threads; which ones, and with what rights, is limited by
    // confine.mjs.
    ...(plane === 'data' ? ['--allow-worker'] : []),
    '--disable-sigusr1',
    '--no-experimental-sqlite',
    ...[...new Set(read)].map((path) => `--allow-fs-read=${flagValue(path)}`),
    ...[...new Set(own.write)].map((path) => `--allow-fs-write=${flagValue(path)}`),
    `--import=${pathToFileURL(join(compiled, 'confine.mjs')).href}`,
  ];
}

function controlGrants(environment: NodeJS.ProcessEnv): Grants {
  const { home, sessionKeyFile } = readSettings(environment, ['control'], { unreadableFiles: 'ignore' });
  // A session key elsewhere is granted by itself: the root key may lie in the same folder.
  return { read: [], write: [...folder(join(home, 'control')), ...ifSet(sessionKeyFile)] };
}

function dataGrants(environment: NodeJS.ProcessEnv): Grants {
  const { home, sourceFolders, rootKeyFile } = readSettings(environment, ['data'], { unreadableFiles: 'ignore' });
  return {
    read: [
      ...sourceFolders.flatMap(({ path }) => [...folder(path), ...folder(realPath(path))]),
      // Where a document that is open really lies.
      '/proc/self/fd',
    ],
    write: [
      ...folder(join(home, 'keys')),
      ...folder(join(home, 'data')),
      // A new key gets its name only when it is complete, and the folder is flushed to the disk.
      ...ifSet(rootKeyFile).flatMap((path) => folder(dirname(path))),
    ],
  };
}

/** The folder and all below it, also what is made later. */
function folder(path: string): string[] {
  return [path, join(path, '*')];
}

function ifSet(path: string | undefined): string[] {
  return path === undefined || path === '' ? [] : [resolve(path)];
}

/** The root key is made by the plane: its folder is granted instead. */
function namedFiles(plane: PlaneName, environment: NodeJS.ProcessEnv): string[] {
  return filesNamedFor(plane, environment)
    .filter(({ variable }) => variable !== SETTINGS.rootKeyFile.variable)
    .flatMap(({ path }) => ifSet(path));
}

/** pg reads the files that a database's address names. */
function certificateFiles(url: string): string[] {
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');
  return ['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) => ifSet(query.get(name) ?? undefined));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(parent + sep);
}

/**
 * An asterisk ends a path in Node's flags: anything may follow it. Only the one that `folder` writes is meant
 * so.
 */
function flagValue(path: string): string {
  if (path.replace(/\/\*$/, '').includes('*')) {
    throw new CommandError(`The path ${path} holds an asterisk, which cannot be granted alone.`, {
      remedy: 'Use another path.',
      exitCode: 2,
    });
  }
  return path;
}
