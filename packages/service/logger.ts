import { createValueRedactor, REDACTED } from '@holdfast/redaction';
import type { LogLevel } from '@holdfast/settings';
import { type LoggerOptions, type Logger as PinoLogger, pino } from 'pino';
import { LOG_EVENTS } from './log-events.ts';
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

/** In place of a line that cannot be searched for values: nothing of it, not even its event. */
function withheldLine(name: string): string {
  const { message } = LOG_EVENTS['log.line_withheld'];
  return `${JSON.stringify({ level: pino.levels.values.error, time: new Date().toISOString(), name, event: 'log.line_withheld', msg: message })}\n`;
}

/**
 * JSON lines on standard output; one that cannot be written is dropped. Headers that carry credentials are
 * dropped by name, live values by content.
 */
export function createLogger({ name, level }: { name: string; level: LogLevel }): Logger {
  const values = createValueRedactor();
  /** It never throws: pino would pass that on to whatever logged a line. */
  const streamWrite = (line: string): string => {
    try {
      const clean = values.redact(line);
      if (clean === line) return line;
      // A line whose end was withheld is none that a program reads.
      if (clean !== REDACTED) return clean.endsWith('\n') ? clean : `${clean}\n`;
    } catch {
      // As below: what was not looked through is not written.
    }
    return withheldLine(name);
  };
  const options: LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['req.headers', 'headers', '*.authorization', '*.cookie', '*.password'], remove: true },
    hooks: { streamWrite },
  };
  const logger = pino(options, OUTPUT);
  return Object.assign(logger, { protect: values.protect });
}
