import { resolve } from 'node:path';
import { type LogLevel, readLogLevel, readVariables } from '@holdfast/service';
import { DATA_LIMITS, START_VARIABLES } from './start-variables.ts';

export interface StartSettings {
  readonly home: string | undefined;
  readonly controlListen: string;
  readonly dataListen: string;
  /** The owner's URL of an external PostgreSQL; undefined is the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly publicUrl: string;
  readonly allowedHosts: string | undefined;
  readonly trustedProxies: string | undefined;
  readonly rootKeyFile: string | undefined;
  readonly sessionKeyFile: string | undefined;
  /** Holds a password. */
  readonly smtpUrl: string | undefined;
  readonly egressAllow: string | undefined;
  readonly sourceFolders: string | undefined;
  /** The first of four account numbers, or `shared`; only root can choose. */
  readonly accounts: string | undefined;
  readonly documentQuota: string | undefined;
  readonly diskReserve: string | undefined;
  readonly readsPerSecond: string | undefined;
  readonly changesPerSecond: string | undefined;
  readonly dataLimits: Readonly<Record<(typeof DATA_LIMITS)[number], string | undefined>>;
  readonly logLevel: LogLevel;
}

/** @throws ConfigurationError, which names the variable. */
export function readStartSettings(environment: NodeJS.ProcessEnv): StartSettings {
  const variables = readVariables(environment, START_VARIABLES);
  const controlListen = variables.HOLDFAST_CONTROL_LISTEN ?? '127.0.0.1:7400';
  return {
    home: variables.HOLDFAST_HOME,
    controlListen,
    dataListen: variables.HOLDFAST_DATA_LISTEN ?? '127.0.0.1:7401',
    databaseUrl: variables.DATABASE_URL,
    publicUrl: (variables.HOLDFAST_PUBLIC_URL ?? `http://${controlListen}`).replace(/\/+$/, ''),
    allowedHosts: variables.HOLDFAST_ALLOWED_HOSTS,
    trustedProxies: variables.HOLDFAST_TRUSTED_PROXIES,
    rootKeyFile: absolute(variables.HOLDFAST_ROOT_KEY_FILE),
    sessionKeyFile: absolute(variables.HOLDFAST_SESSION_KEY_FILE),
    smtpUrl: variables.HOLDFAST_SMTP_URL,
    egressAllow: variables.HOLDFAST_EGRESS_ALLOW,
    sourceFolders: variables.HOLDFAST_SOURCE_FOLDERS,
    accounts: variables.HOLDFAST_ACCOUNTS,
    documentQuota: variables.HOLDFAST_DOCUMENT_QUOTA,
    diskReserve: variables.HOLDFAST_DISK_RESERVE,
    readsPerSecond: variables.HOLDFAST_READS_PER_SECOND,
    changesPerSecond: variables.HOLDFAST_CHANGES_PER_SECOND,
    dataLimits: Object.fromEntries(DATA_LIMITS.map((name) => [name, variables[name]])) as StartSettings['dataLimits'],
    logLevel: readLogLevel(variables.HOLDFAST_LOG_LEVEL),
  };
}

/** The planes run in another folder than we. */
function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
