import { createValueRedactor } from '@holdfast/redaction';
import type { LogLevel } from '@holdfast/settings';
import { type LoggerOptions, type Logger as PinoLogger, pino } from 'pino';
import { createLogOutput } from './log-output.ts';

/** One for the whole process, so that lines of several loggers do not mix. */
const OUTPUT = createLogOutput();

export type Logger = PinoLogger & {
  /**
   * While a value is live in this process, removes it from every line that is logged, in every usual
   * encoding. Values under 8 characters are not looked for: they would take innocent text with them.
   *
   * @returns what ends the protection; call it when the value is no longer held.
   */
  readonly protect: (value: string) => () => void;
};

/**
 * JSON lines on standard output; one that cannot be written is dropped. Headers that carry credentials are
 * dropped by name, live values by content.
 */
export function createLogger({ name, level }: { name: string; level: LogLevel }): Logger {
  const values = createValueRedactor();
  const options: LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['req.headers', 'headers', '*.authorization', '*.cookie', '*.password'], remove: true },
    hooks: { streamWrite: values.redact },
  };
  const logger = pino(options, OUTPUT);
  return Object.assign(logger, { protect: values.protect });
}
