import { join, resolve } from 'node:path';
import { DOCUMENT_MAXIMUM_BYTES } from '@holdfast/api';
import { type TrustedProxies, trustedProxies } from '@holdfast/endpoints';
import {
  type AllowedHost,
  addressForPeople,
  type DiskReserve,
  isLoopback,
  type LogLevel,
  readSettings,
  requireSetting,
} from '@holdfast/settings';

export interface RunSettings {
  /** Runs of one organization that are under way at once. */
  readonly runsOfOrganization: number;
  /** How long documents are kept after the end of their run. */
  readonly documentRetentionDays: number;
}

/** What the control plane is started with. No field holds a key that opens anything: it has none. */
export interface ControlSettings {
  /** Folder of all state; the control plane writes to its subfolder `control` only. */
  readonly home: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly databaseUrl: string;
  /** Origin at which people reach the console, without a trailing slash. */
  readonly publicUrl: string;
  /** Origin at which others reach the data plane; undefined when nobody said. */
  readonly dataPublicUrl: string | undefined;
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
  /** What holds for runs where neither organization nor workflow says otherwise. */
  readonly runs: RunSettings;
  /** What uploads leave free on the disk of the home folder, which the embedded database lies on. */
  readonly diskReserve: DiskReserve;
  /** Requests of one person in a second. */
  readonly rates: { readonly reads: number; readonly changes: number };
  /** Whether /metrics is served. */
  readonly metrics: boolean;
  readonly logLevel: LogLevel;
}

/** @throws ConfigurationError naming the variable that is wrong, missing, unknown or in conflict. */
export function readControlSettings(environment: NodeJS.ProcessEnv): ControlSettings {
  const settings = readSettings(environment, ['control']);
  const { home, controlListen: listen, allowedHosts, documentQuotaBytes, documentRetentionDays, runsOfOrganization, logLevel } = settings;
  return {
    home,
    listen,
    databaseUrl: requireSetting('databaseUrl', settings.databaseUrl, 'the address of the role of the control plane'),
    publicUrl: settings.publicUrl ?? `http://${addressForPeople(listen)}`,
    dataPublicUrl: settings.dataPublicUrl,
    allowedHosts,
    trustedProxies: trustedProxies(settings.trustedProxies),
    sessionKeyFile: settings.sessionKeyFile ?? join(home, 'control', 'session.key'),
    consoleFolder: resolve(import.meta.dirname, '../console/dist'),
    documentMaximumBytes: DOCUMENT_MAXIMUM_BYTES,
    documentQuotaBytes,
    runs: { documentRetentionDays, runsOfOrganization },
    // Alone, a control plane cannot know whether the database lies on the same disk; holdfast start does, and
    // says so.
    diskReserve: settings.diskReserve ?? { bytes: 0 },
    rates: { reads: settings.readsPerSecond, changes: settings.changesPerSecond },
    metrics: (settings.metrics ?? (isLoopback(listen.host) ? 'on' : 'off')) === 'on',
    logLevel,
  };
}
