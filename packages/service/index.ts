/** What the process of a plane needs whatever it serves: settings, log, shutdown. */

export { ConfigurationError } from '@holdfast/settings';
export { createDiskCheck } from './disk-reserve.ts';
export { LOG_EVENTS, type LogErrorEvent, type LogEvent, logEvent } from './log-events.ts';
export { createLogger, type Logger } from './logger.ts';
export { createCounter, createDurations, createGauge, createMetrics, type Metrics, refreshBeforeAnswer } from './metrics.ts';
export { closeAtEnd } from './shutdown.ts';
export { reasonOfStartFailure } from './start-failure.ts';
export { readVersion } from './version.ts';
