import { EmbeddedError, MigrationError } from '@holdfast/db';
import { ConfigurationError } from '@holdfast/service';

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Something a command says to its user before it ends: what happened, and what to do. It holds no value. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly remedy: string | undefined;
  readonly exitCode: number;

  constructor(message: string, more: { remedy?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.remedy = more.remedy;
    this.exitCode = more.exitCode ?? EXIT_FAILED;
  }
}

/** Writes an error for a person or, with `json`, for a program; answers the exit code. */
export function report(error: unknown, json: boolean): number {
  const { message, remedy, code, exitCode } = describe(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, remedy: remedy ?? null } })}\n`);
  else process.stderr.write(`${message}\n${remedy ? `→ ${remedy}\n` : ''}`);
  return exitCode;
}

function describe(error: unknown): { message: string; remedy: string | undefined; code: string; exitCode: number } {
  if (error instanceof CommandError) return { message: error.message, remedy: error.remedy, code: 'failed', exitCode: error.exitCode };
  if (error instanceof ConfigurationError)
    return { message: error.message, remedy: undefined, code: 'configuration', exitCode: EXIT_USAGE };
  if (error instanceof EmbeddedError || error instanceof MigrationError) {
    return { message: error.message, remedy: undefined, code: 'database', exitCode: EXIT_FAILED };
  }
  const { code, detail, message, remedy } = (error ?? {}) as { code?: string; detail?: string; message?: string; remedy?: string };
  return { message: detail ?? message ?? 'Something went wrong.', remedy, code: code ?? 'internal', exitCode: EXIT_FAILED };
}
