import { logEvent } from './log-events.ts';
import type { Logger } from './logger.ts';

/**
 * After this long an unfinished shutdown is given up, so that a hung connection cannot keep a process alive.
 */
const GRACE_MILLISECONDS = 10_000;

/**
 * Runs `close` once, however often it is asked for, then exits: at SIGTERM or SIGINT (see
 * end-with-launcher.ts); and after an error that nothing catches, with exit code 1, so that what is under way
 * is handed on to other nodes and the launcher starts the process again.
 */
export function closeAtEnd(logger: Logger, close: () => Promise<void>): void {
  let closing = false;
  let exitCode = 0;
  const shut = (reason: string): void => {
    if (closing) return;
    closing = true;
    logEvent(logger, 'process.stopping', { reason });
    setTimeout(() => process.exit(1), GRACE_MILLISECONDS).unref();
    close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logEvent(logger, 'process.stop_failed', { error });
        process.exit(1);
      },
    );
  };
  const fail = (kind: 'unhandledRejection' | 'uncaughtException') => (error: unknown) => {
    logEvent(logger, 'process.failed', { kind, ...withoutWords(error) });
    exitCode = 1;
    shut(kind);
  };
  process.on('SIGTERM', () => shut('SIGTERM'));
  process.on('SIGINT', () => shut('SIGINT'));
  process.on('unhandledRejection', fail('unhandledRejection'));
  process.on('uncaughtException', fail('uncaughtException'));
}

const PLACES = 12;

/**
 * What an error says of where it was thrown. Its message is left out: nobody has taken the values of secrets
 * out of it.
 */
function withoutWords(error: unknown): { errorName: string; errorCode: string; places: readonly string[] } {
  const { name, code, message, stack } = (error instanceof Error ? error : {}) as Partial<Error> & { code?: unknown };
  const words = typeof message === 'string' ? message : '';
  const text = typeof stack === 'string' ? stack : '';
  const frames = words !== '' && text.includes(words) ? text.slice(text.indexOf(words) + words.length) : text;
  return {
    errorName: typeof name === 'string' && /^[A-Za-z]{1,60}$/.test(name) ? name : typeof error,
    errorCode: typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : '',
    places: [...frames.matchAll(/^ {4}at .*?((?:file|node):[^\s()]+:\d+:\d+)\)?$/gm)].slice(0, PLACES).map(([, place = '']) => place),
  };
}
