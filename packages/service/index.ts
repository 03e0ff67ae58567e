/** What the process of a plane needs whatever it serves: settings, log, shutdown. */

export { ConfigurationError } from '@holdfast/settings';
export { createLogger, type Logger } from './logger.ts';
export { closeOnSignals } from './shutdown.ts';
