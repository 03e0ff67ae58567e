import { join } from 'node:path';
import { DOCUMENT_MAXIMUM_BYTES } from '@holdfast/api';
import { type TrustedProxies, trustedProxies } from '@holdfast/endpoints';
import {
  type AllowedHost,
  type DiskReserve,
  isLoopback,
  type LogLevel,
  readSettings,
  requireSetting,
  type SourceFolder,
} from '@holdfast/settings';
import { type BucketSettings, bucketSettings } from './documents/bucket-settings.ts';
import type { DocumentLimits } from './documents/store-document.ts';
import { type AllowLists, createAllowList } from './egress/allow-list.ts';
import type { EgressLimits } from './egress/limits.ts';
import { type SmtpSettings, smtpSettings } from './mail/smtp-settings.ts';

/**
 * The settings of a data plane. This is the only file of Holdfast, besides the launcher's, that names where
 * the root key is.
 */
export interface DataSettings {
  readonly databaseUrl: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Further names under which it may be asked. */
  readonly allowedHosts: readonly AllowedHost[];
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: TrustedProxies;
  readonly rootKeyFile: string;
  /** What was signed, and what was followed: kept apart from the database. */
  readonly recordFolder: string;
  /** The operator's mail server; undefined: no mail is sent. */
  readonly smtp: SmtpSettings | undefined;
  readonly egressAllow: AllowLists;
  readonly egressLimits: EgressLimits;
  readonly sourceFolders: readonly SourceFolder[];
  /** Runs that this process executes at once. */
  readonly runSlots: number;
  /** Runs of one organization that are under way at once, on all data planes. */
  readonly runsOfOrganization: number;
  /** From its start; it ends as failed then. */
  readonly runMaximumHours: number;
  /** What one document may have, and all of one organization. */
  readonly documentLimits: DocumentLimits;
  /** What uploads to a webhook or an upload address leave free on the disk of the home. */
  readonly diskReserve: DiskReserve;
  /** Where the bytes of documents lie; undefined: in the database. */
  readonly documentBucket: BucketSettings | undefined;
  /** Uploaded documents are removed so many days after their run ended. */
  readonly documentRetentionDays: number;
  /** Whether /metrics is served. */
  readonly metrics: boolean;
  readonly logLevel: LogLevel;
}

/** @throws ConfigurationError naming the variable that is wrong, missing, unknown or in conflict. */
export function readDataSettings(environment: NodeJS.ProcessEnv): DataSettings {
  const settings = readSettings(environment, ['data']);
  const {
    home,
    dataListen,
    allowedHosts,
    sourceFolders,
    runSlots,
    runsOfOrganization,
    runMaximumHours,
    documentQuotaBytes,
    documentRetentionDays,
    logLevel,
  } = settings;
  return {
    databaseUrl: requireSetting('databaseUrl', settings.databaseUrl, 'the address of the role of the data plane'),
    listen: dataListen,
    allowedHosts,
    trustedProxies: trustedProxies(settings.trustedProxies),
    rootKeyFile: settings.rootKeyFile ?? join(home, 'keys', 'root.key'),
    recordFolder: join(home, 'data', 'record'),
    smtp: settings.smtp && smtpSettings(settings.smtp),
    egressAllow: createAllowList(settings.egressAllow),
    sourceFolders,
    egressLimits: { requestMilliseconds: 1_000 * settings.requestDeadlineSeconds, bytesPerSecond: settings.minimumTransferRate },
    runSlots,
    runsOfOrganization,
    runMaximumHours,
    documentLimits: { documentMaximumBytes: DOCUMENT_MAXIMUM_BYTES, documentQuotaBytes },
    diskReserve: settings.diskReserve ?? { bytes: 0 },
    documentBucket: bucketSettings(settings),
    documentRetentionDays,
    metrics: (settings.metrics ?? (isLoopback(dataListen.host) ? 'on' : 'off')) === 'on',
    logLevel,
  };
}
