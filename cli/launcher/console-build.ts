import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../report.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const SOURCES = ['console', 'packages/api', 'packages/envelope', 'packages/seal', 'packages/sdk', 'package-lock.json'];

/** Builds the console's files when there are none, or older ones than what they are made of. @returns whether it built. */
export async function buildConsoleWhenNeeded(onStart: () => void): Promise<boolean> {
  const built = statSync(join(REPOSITORY, 'console', 'dist', 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > 0 && SOURCES.every((path) => newest(join(REPOSITORY, path)) <= built)) return false;
  onStart();
  const child = spawn(process.execPath, [join(REPOSITORY, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'], {
    cwd: join(REPOSITORY, 'console'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString('utf8');
    });
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0)
    throw new CommandError(`The console could not be built:\n${complaint.trim().slice(-3_000)}`, {
      remedy: 'Run npm install, then start again.',
    });
  return true;
}

/** The newest modification below a path, in milliseconds. */
function newest(path: string): number {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== 'dist' && entry.name !== 'node_modules')
    .reduce((latest, entry) => Math.max(latest, newest(join(path, entry.name))), 0);
}
