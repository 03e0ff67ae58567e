/**
 * The settings of every program of Holdfast: one table, from which all of them read, and from which their
 * documentation is made. Needs nothing but Node and zod.
 */
export { ConfigurationError } from './configuration-error.ts';
export type { Environment } from './environment.ts';
export {
  environmentFor,
  filesNamedFor,
  parseSetting,
  type ReadOptions,
  readSettings,
  requireSetting,
  type Settings,
  variablesOf,
} from './read-settings.ts';
export {
  type AllowedHost,
  addressForPeople,
  type EgressRule,
  isLoopback,
  isUnencrypted,
  type ListenAddress,
  parseHost,
} from './schemas/addresses.ts';
export type { DiskReserve } from './schemas/sizes.ts';
export type { SmtpUrl } from './schemas/smtp-url.ts';
export type { SourceFolder } from './schemas/source-folders.ts';
export { LOG_LEVELS, type LogLevel, type Program, SETTINGS, type Setting, type SettingName } from './table.ts';
