import { logEvent } from './log-events.ts';
import type { Logger } from './logger.ts';

/**
 * After this long an unfinished shutdown is given up, so that a hung connection cannot keep a process alive.
 */
const GRACE_MILLISECONDS = 10_000;

/** Runs `close` once at SIGTERM or SIGINT, however often they come; then exits. See end-with-launcher.ts. */
export function closeOnSignals(logger: Logger, close: () => Promise<void>): void {
  let closing = false;
  const shut = (reason: string): void => {
    if (closing) return;
    closing = true;
    logEvent(logger, 'process.stopping', { reason });
    setTimeout(() => process.exit(1), GRACE_MILLISECONDS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logEvent(logger, 'process.stop_failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => shut('SIGTERM'));
  process.on('SIGINT', () => shut('SIGINT'));
}
