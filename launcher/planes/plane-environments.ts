import { resolve } from 'node:path';
import { SETTINGS, variablesOf } from '@holdfast/settings';
import type { StartSettings } from '../settings.ts';
import type { PlaneName } from './plane-name.ts';
import type { Place } from './plane-place.ts';

/** Of our own environment, what any program needs; everything else stays here. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/**
 * What uploads leave free for everything else: secrets, runs, the record, the log that PostgreSQL writes
 * ahead.
 */
const DISK_RESERVE = '1GiB';

/** How glibc takes memory for a plane's process, and gives it back. */
export const MALLOC_SETTINGS = {
  // By default each thread takes memory from a heap of its own, up to eight for each processor, and gives
  // little of it back. Measured over 3,500 runs: some 100 MiB.
  MALLOC_ARENA_MAX: '2',
  // What is larger has pages of its own, and they go back with it. By default that size grows with what was
  // freed, to 32 MiB, and such pieces then leave holes that stay with the process.
  MALLOC_MMAP_THRESHOLD_: '1048576',
};

/** What each plane's process gets to know. The control plane's has no key and no word of where one is. */
export function planeEnvironment(
  plane: PlaneName,
  { home, certificates }: Pick<Place, 'home' | 'certificates'>,
  settings: StartSettings,
): Record<string, string> {
  const { databaseUrl, diskReserve } = SETTINGS;
  return withoutUndefined({
    ...ofAnyProgram(process.env, plane, { home, certificates }),
    // The embedded database lies in the home; of another one's disk we see nothing.
    ...(settings.databaseUrl === undefined && { [diskReserve.variable]: DISK_RESERVE }),
    ...settings.variables[plane],
    [SETTINGS.home.variable]: home.folder,
    // What is set is how the owner logs in.
    [databaseUrl.variable]: undefined,
    [`${databaseUrl.variable}_FILE`]: home.databaseUrls[plane],
  });
}

/** Of a plane that runs alone: its own settings as they were given to us, and what any program needs. */
export function foregroundEnvironment(
  environment: NodeJS.ProcessEnv,
  plane: PlaneName,
  { home, certificates }: Pick<Place, 'home' | 'certificates'>,
): Record<string, string> {
  const own = variablesOf(plane).map((name) => {
    const given = environment[name];
    // The plane runs in another folder than we.
    return [name, given && name.endsWith('_FILE') ? resolve(given) : given];
  });
  return withoutUndefined({
    ...ofAnyProgram(environment, plane, { home, certificates }),
    ...Object.fromEntries(own),
    [SETTINGS.home.variable]: home.folder,
    [`${SETTINGS.home.variable}_FILE`]: undefined,
  });
}

function ofAnyProgram(
  environment: NodeJS.ProcessEnv,
  plane: PlaneName,
  { home, certificates }: Pick<Place, 'home' | 'certificates'>,
): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, environment[name]])),
    ...certificates,
    // An account of its own has no other home, and nothing of ours to write to.
    ...(home.accounts && { HOME: home[plane], TMPDIR: undefined }),
    NODE_ENV: 'production',
    ...MALLOC_SETTINGS,
  };
}

function withoutUndefined(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
