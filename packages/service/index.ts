/** What the process of a plane needs whatever it serves: settings, log, shutdown. */

export { ConfigurationError, readVariables, type Variables } from '@holdfast/settings';
export { type DiskReserve, readByteSize, readDiskReserve } from './byte-size.ts';
export { createLogger, LOG_LEVELS, type Logger, type LogLevel, readLogLevel } from './logger.ts';
export { closeOnSignals } from './shutdown.ts';
