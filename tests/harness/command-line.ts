import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findCompiled } from '../../launcher/programs/compiled.mjs';
import { cleanEnvironment, repository } from './instance.ts';

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  home: string;
  environment?: Record<string, string>;
  /** What is typed into standard input, which is closed after it. */
  input?: string;
  /** Called with the process id as soon as it runs. */
  started?: (pid: number) => void;
}

let compiled: string | undefined;

/**
 * The compiled copy that `bin/holdfast.mjs` would load, which looks through its sources each time to know
 * that it is theirs: here that is done once. Instances, nodes and terminals are started through `bin`.
 */
function program(): string {
  compiled ??= findCompiled(repository, 'commands');
  return compiled === undefined ? join(repository, 'bin', 'holdfast.mjs') : join(compiled, 'main.mjs');
}

/** Runs `holdfast …` to its end, as in a shell that has nothing of Holdfast's set but what is given. */
export async function holdfast(words: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const child = spawn(process.execPath, [program(), ...words], {
    cwd: options.home,
    env: { ...cleanEnvironment(options.home, options.home), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) options.started?.(child.pid);
  const result: CommandResult = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    result.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    result.stderr += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  result.code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return result;
}
