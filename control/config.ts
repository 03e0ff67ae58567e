import { join, resolve } from 'node:path';
import { DOCUMENT_MAXIMUM_BYTES } from '@holdfast/api';
import { type AllowedHost, parseAllowedHosts, parseTrustedProxies, type TrustedProxies } from '@holdfast/endpoints';
import {
  ConfigurationError,
  type DiskReserve,
  type LogLevel,
  readByteSize,
  readDiskReserve,
  readLogLevel,
  readVariables,
} from '@holdfast/service';

/** What the control plane is started with. No field holds a key that opens anything: it has none. */
export interface ControlSettings {
  /** Folder of all state; the control plane writes to its subfolder `control` only. */
  readonly home: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly databaseUrl: string;
  /** Origin at which people reach the console, without a trailing slash. */
  readonly publicUrl: string;
  /** Further names under which it may be asked. */
  readonly allowedHosts: readonly AllowedHost[];
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: TrustedProxies;
  /** Signs session cookies. Made at the first start. */
  readonly sessionKeyFile: string;
  /** Where `vite build` put the console. */
  readonly consoleFolder: string;
  /** Bytes of one document. Not a setting. */
  readonly documentMaximumBytes: number;
  /** Bytes of documents that one organization may keep. */
  readonly documentQuotaBytes: number;
  /** What uploads leave free on the disk of the home folder, which the embedded database lies on. */
  readonly diskReserve: DiskReserve;
  /** Requests of one person in a second. */
  readonly rates: { readonly reads: number; readonly changes: number };
  readonly logLevel: LogLevel;
}

const VARIABLES = [
  'HOLDFAST_HOME',
  'HOLDFAST_CONTROL_LISTEN',
  'HOLDFAST_PUBLIC_URL',
  'HOLDFAST_ALLOWED_HOSTS',
  'HOLDFAST_TRUSTED_PROXIES',
  'HOLDFAST_SESSION_KEY_FILE',
  'HOLDFAST_DOCUMENT_QUOTA',
  'HOLDFAST_DISK_RESERVE',
  'HOLDFAST_READS_PER_SECOND',
  'HOLDFAST_CHANGES_PER_SECOND',
  'HOLDFAST_LOG_LEVEL',
  'DATABASE_URL',
] as const;

/** @throws ConfigurationError naming the variable that is wrong, missing, unknown or in conflict. */
export function readControlSettings(environment: NodeJS.ProcessEnv): ControlSettings {
  const variables = readVariables(environment, VARIABLES);
  const home = resolve(variables.HOLDFAST_HOME ?? '.holdfast');
  const listen = readListen(variables.HOLDFAST_CONTROL_LISTEN ?? '127.0.0.1:7400');
  if (variables.DATABASE_URL === undefined) {
    throw new ConfigurationError('DATABASE_URL is not set. Set it, or DATABASE_URL_FILE, to the address of the role of the control plane.');
  }
  return {
    home,
    listen,
    databaseUrl: variables.DATABASE_URL,
    publicUrl: readPublicUrl(variables.HOLDFAST_PUBLIC_URL ?? `http://${addressForPeople(listen)}`),
    allowedHosts: parseAllowedHosts(variables.HOLDFAST_ALLOWED_HOSTS ?? ''),
    trustedProxies: parseTrustedProxies(variables.HOLDFAST_TRUSTED_PROXIES ?? ''),
    sessionKeyFile: resolve(variables.HOLDFAST_SESSION_KEY_FILE ?? join(home, 'control', 'session.key')),
    consoleFolder: resolve(import.meta.dirname, '../console/dist'),
    documentMaximumBytes: DOCUMENT_MAXIMUM_BYTES,
    documentQuotaBytes: readByteSize('HOLDFAST_DOCUMENT_QUOTA', variables.HOLDFAST_DOCUMENT_QUOTA ?? '10GiB'),
    // Alone, a control plane cannot know whether the database lies on the same disk; holdfast start does, and says so.
    diskReserve: readDiskReserve('HOLDFAST_DISK_RESERVE', variables.HOLDFAST_DISK_RESERVE ?? '0'),
    rates: {
      reads: readRate('HOLDFAST_READS_PER_SECOND', variables.HOLDFAST_READS_PER_SECOND ?? '200'),
      changes: readRate('HOLDFAST_CHANGES_PER_SECOND', variables.HOLDFAST_CHANGES_PER_SECOND ?? '100'),
    },
    logLevel: readLogLevel(variables.HOLDFAST_LOG_LEVEL),
  };
}

function readListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new ConfigurationError(`HOLDFAST_CONTROL_LISTEN is “${text}”. Write host:port, for example 127.0.0.1:7400.`);
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

function readRate(name: string, text: string): number {
  const rate = Number(text);
  if (!/^[0-9]{1,6}$/.test(text) || rate === 0) throw new ConfigurationError(`${name} is “${text}”. Write a whole number from 1 on.`);
  return rate;
}

function addressForPeople({ host, port }: { host: string; port: number }): string {
  if (host === '0.0.0.0' || host === '::') return `localhost:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new ConfigurationError(`HOLDFAST_PUBLIC_URL is “${text}”. Write the origin alone, for example https://holdfast.example.`);
  }
  return url.origin;
}
