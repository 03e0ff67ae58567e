import { resolve } from 'node:path';
import { type AllowedHost, parseAllowedHosts } from '@holdfast/endpoints';
import { ConfigurationError, type LogLevel, readLogLevel, readVariables } from '@holdfast/service';
import { type AllowList, parseAllowList } from './egress/allow-list.ts';
import type { EgressLimits } from './egress/limits.ts';
import { parseSmtpUrl, type SmtpSettings } from './mail/smtp-settings.ts';
import { parseSourceFolders, type SourceFolder } from './sources/folders.ts';

/** The settings of a data plane. This is the only file of Holdfast, besides the launcher's, that names where the root key is. */
export interface DataSettings {
  readonly databaseUrl: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Further names under which it may be asked. */
  readonly allowedHosts: readonly AllowedHost[];
  readonly rootKeyFile: string;
  /** What was signed, and what was followed: kept apart from the database. */
  readonly recordFolder: string;
  /** The operator's mail server; undefined: no mail is sent. */
  readonly smtp: SmtpSettings | undefined;
  readonly egressAllow: AllowList;
  readonly egressLimits: EgressLimits;
  readonly sourceFolders: readonly SourceFolder[];
  /** Runs that this process executes at once. */
  readonly runSlots: number;
  /** Uploaded documents are removed so many days after their run ended. */
  readonly documentRetentionDays: number;
  readonly logLevel: LogLevel;
}

const VARIABLES = [
  'HOLDFAST_HOME',
  'HOLDFAST_DATA_LISTEN',
  'HOLDFAST_ALLOWED_HOSTS',
  'DATABASE_URL',
  'HOLDFAST_ROOT_KEY_FILE',
  'HOLDFAST_SMTP_URL',
  'HOLDFAST_EGRESS_ALLOW',
  'HOLDFAST_SOURCE_FOLDERS',
  'HOLDFAST_RUN_SLOTS',
  'HOLDFAST_DOCUMENT_RETENTION_DAYS',
  'HOLDFAST_REQUEST_DEADLINE_SECONDS',
  'HOLDFAST_MINIMUM_TRANSFER_RATE',
  'HOLDFAST_LOG_LEVEL',
] as const;

/** Throws ConfigurationError, which names the variable. */
export function readSettings(environment: NodeJS.ProcessEnv): DataSettings {
  const variables = readVariables(environment, VARIABLES);
  if (variables.DATABASE_URL === undefined) {
    throw new ConfigurationError('DATABASE_URL (or DATABASE_URL_FILE) is not set. “holdfast start” sets it for the data plane.');
  }
  const home = resolve(variables.HOLDFAST_HOME ?? '.holdfast');
  return {
    databaseUrl: variables.DATABASE_URL,
    listen: readListen(variables.HOLDFAST_DATA_LISTEN ?? '127.0.0.1:7401'),
    allowedHosts: parseAllowedHosts(variables.HOLDFAST_ALLOWED_HOSTS ?? ''),
    rootKeyFile: resolve(variables.HOLDFAST_ROOT_KEY_FILE ?? `${home}/keys/root.key`),
    recordFolder: `${home}/data/record`,
    smtp: variables.HOLDFAST_SMTP_URL === undefined ? undefined : parseSmtpUrl(variables.HOLDFAST_SMTP_URL),
    egressAllow: readable(() => parseAllowList(variables.HOLDFAST_EGRESS_ALLOW ?? '')),
    sourceFolders: readable(() => parseSourceFolders(variables.HOLDFAST_SOURCE_FOLDERS ?? '')),
    egressLimits: {
      requestMilliseconds:
        1000 *
        readWhole('HOLDFAST_REQUEST_DEADLINE_SECONDS', variables.HOLDFAST_REQUEST_DEADLINE_SECONDS, { unset: 600, from: 1, to: 86_400 }),
      bytesPerSecond: readWhole('HOLDFAST_MINIMUM_TRANSFER_RATE', variables.HOLDFAST_MINIMUM_TRANSFER_RATE, {
        unset: 1_024,
        from: 0,
        to: 1_048_576,
      }),
    },
    runSlots: readWhole('HOLDFAST_RUN_SLOTS', variables.HOLDFAST_RUN_SLOTS, { unset: 4, from: 1, to: 64 }),
    documentRetentionDays: readWhole('HOLDFAST_DOCUMENT_RETENTION_DAYS', variables.HOLDFAST_DOCUMENT_RETENTION_DAYS, {
      unset: 30,
      from: 0,
      to: 36_500,
    }),
    logLevel: readLogLevel(variables.HOLDFAST_LOG_LEVEL),
  };
}

function readListen(text: string): { host: string; port: number } {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):([0-9]{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new ConfigurationError('HOLDFAST_DATA_LISTEN is not host:port, such as 127.0.0.1:7401.');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function readWhole(name: string, text: string | undefined, { unset, from, to }: { unset: number; from: number; to: number }): number {
  if (text === undefined) return unset;
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= from && number <= to)) {
    throw new ConfigurationError(`${name} is “${text}”. Write a whole number from ${from} to ${to}; without it, ${unset} holds.`);
  }
  return number;
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigurationError((error as Error).message);
  }
}
