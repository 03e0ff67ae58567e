/** What both planes' processes share: settings, logs, and an HTTP server that answers in problem+json. */

export { ConfigurationError, readVariables, type Variables } from '@holdfast/settings';
export { type AllowedHost, type HostRules, parseAllowedHosts } from './allowed-hosts.ts';
export { type DiskReserve, readByteSize, readDiskReserve } from './byte-size.ts';
export { clientAddress, networkOf, parseTrustedProxies, type TrustedProxies } from './client-address.ts';
export { createLogger, LOG_LEVELS, type Logger, type LogLevel, readLogLevel } from './logger.ts';
export { type ProblemAnswer, statusOf, toProblem } from './problem.ts';
export { createServer, type ReadyCheck, type Server } from './server.ts';
export { closeOnSignals } from './shutdown.ts';
