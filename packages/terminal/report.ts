export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Something a command says to its user before it ends: what happened, and what to do. It holds no value. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: string;
  readonly remedy: string | undefined;
  readonly exitCode: number;
  /** More for programs, beside code, message and remedy. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    more: { code?: string; remedy?: string; exitCode?: number; cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = more.code ?? 'failed';
    this.remedy = more.remedy;
    this.exitCode = more.exitCode ?? EXIT_FAILED;
    this.details = more.details ?? {};
  }
}

/** The command was called wrongly. */
export function usageError(message: string, remedy?: string): CommandError {
  return new CommandError(message, { code: 'usage', exitCode: EXIT_USAGE, ...(remedy === undefined ? {} : { remedy }) });
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly exitCode: number;
}

/** Writes an error for a person or, with `json`, for a program; answers the exit code. */
export function report(error: unknown, json: boolean): number {
  const { code, message, remedy, exitCode } = describe(error);
  const details = error instanceof CommandError ? error.details : {};
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, remedy: remedy ?? null, ...details } })}\n`);
  // The parser has written its own words for a person already.
  else if (!isParserError(error)) process.stderr.write(`${message}\n${remedy ? `→ ${remedy}\n` : ''}`);
  return exitCode;
}

/** By name, so that an error's class need not be loaded to tell it apart. */
const CODES: Readonly<Record<string, { code: string; exitCode: number }>> = {
  ConfigurationError: { code: 'configuration', exitCode: EXIT_USAGE },
  EmbeddedError: { code: 'database', exitCode: EXIT_FAILED },
  ParameterError: { code: 'parameter_invalid', exitCode: EXIT_USAGE },
  TokenError: { code: 'token_malformed', exitCode: EXIT_USAGE },
  SealError: { code: 'value_invalid', exitCode: EXIT_USAGE },
  ArchiveError: { code: 'backup_damaged', exitCode: EXIT_FAILED },
  PrepareError: { code: 'database', exitCode: EXIT_FAILED },
  MigrationError: { code: 'database', exitCode: EXIT_FAILED },
};

function describe(error: unknown): Report {
  if (error instanceof CommandError) return { code: error.code, message: error.message, remedy: error.remedy, exitCode: error.exitCode };
  if (isParserError(error)) {
    const missing = error.code === 'commander.help';
    const message = missing ? 'A command is missing.' : error.message.replace(/^error: /, '');
    return { code: 'usage', message, remedy: missing ? 'Add --help to see the commands.' : undefined, exitCode: EXIT_USAGE };
  }
  const { name, code, message, detail, remedy } = (error ?? {}) as Partial<
    Record<'name' | 'code' | 'message' | 'detail' | 'remedy', string>
  >;
  const known = CODES[name ?? ''] ?? { code: code ?? 'internal', exitCode: EXIT_FAILED };
  // Its message is detail and remedy together.
  const said = name === 'ConfigurationError' ? detail : message;
  return { ...known, message: said ?? 'Something went wrong.', remedy };
}

/** The parser of the command line is not loaded for this. */
function isParserError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && error.constructor.name === 'CommanderError';
}
