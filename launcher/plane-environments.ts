import type { Place } from './plane-place.ts';
import type { StartSettings } from './settings.ts';

/** Of our own environment, what any program needs; everything else stays here. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/** What uploads leave free for everything else: secrets, runs, the record, the log that PostgreSQL writes ahead. */
const DISK_RESERVE = '1GiB';

export type PlaneName = 'control' | 'data';

/** What each plane's process gets to know. The control plane's has no key and no word of where one is. */
export function planeEnvironment(
  plane: PlaneName,
  { home, certificates }: Pick<Place, 'home' | 'certificates'>,
  settings: StartSettings,
): Record<string, string> {
  const own =
    plane === 'control'
      ? {
          HOLDFAST_CONTROL_LISTEN: settings.controlListen,
          HOLDFAST_PUBLIC_URL: settings.publicUrl,
          HOLDFAST_ALLOWED_HOSTS: settings.allowedHosts,
          HOLDFAST_TRUSTED_PROXIES: settings.trustedProxies,
          HOLDFAST_SESSION_KEY_FILE: settings.sessionKeyFile,
          HOLDFAST_DOCUMENT_QUOTA: settings.documentQuota,
          // The embedded database lies in the home; of another one's disk we see nothing.
          HOLDFAST_DISK_RESERVE: settings.diskReserve ?? (settings.databaseUrl === undefined ? DISK_RESERVE : undefined),
          HOLDFAST_READS_PER_SECOND: settings.readsPerSecond,
          HOLDFAST_CHANGES_PER_SECOND: settings.changesPerSecond,
        }
      : {
          HOLDFAST_DATA_LISTEN: settings.dataListen,
          HOLDFAST_ALLOWED_HOSTS: settings.allowedHosts,
          HOLDFAST_ROOT_KEY_FILE: settings.rootKeyFile,
          HOLDFAST_SMTP_URL: settings.smtpUrl,
          HOLDFAST_EGRESS_ALLOW: settings.egressAllow,
          HOLDFAST_SOURCE_FOLDERS: settings.sourceFolders,
          ...settings.dataLimits,
        };
  const all: Record<string, string | undefined> = {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    ...certificates,
    // An account of its own has no other home, and nothing of ours to write to.
    ...(home.accounts && { HOME: home[plane], TMPDIR: undefined }),
    NODE_ENV: 'production',
    HOLDFAST_HOME: home.folder,
    HOLDFAST_LOG_LEVEL: settings.logLevel,
    DATABASE_URL_FILE: home.databaseUrls[plane],
    ...own,
  };
  return withoutUndefined(all);
}

/** Of a plane that runs alone: what it was started with, but nothing that changes how Node runs it, and no setting of ours. */
export function foregroundEnvironment(
  environment: NodeJS.ProcessEnv,
  plane: PlaneName,
  { home, certificates }: Pick<Place, 'home' | 'certificates'>,
): Record<string, string> {
  const all: NodeJS.ProcessEnv = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('NODE_') || PASSED_ON.includes(name))),
    ...certificates,
    ...(home.accounts && { HOME: home[plane], TMPDIR: undefined }),
    HOLDFAST_ACCOUNTS: undefined,
    HOLDFAST_HOME: home.folder,
    NODE_ENV: 'production',
  };
  return withoutUndefined(all);
}

function withoutUndefined(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
