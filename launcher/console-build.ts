import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runGuarded } from '@holdfast/service/watchdog';
import { CommandError } from '@holdfast/terminal/report';

const REPOSITORY = join(import.meta.dirname, '..');
const SOURCES = [
  'console',
  'docs/guides',
  'docs/reference',
  'examples',
  'packages/api',
  'packages/configuration',
  'packages/envelope',
  'packages/seal',
  'packages/sdk',
  'package-lock.json',
];

/**
 * Builds the console's files when there are none, or older ones than what they are made of. @returns whether
 * it built.
 */
export async function buildConsoleWhenNeeded(onStart: () => void): Promise<boolean> {
  const built = statSync(join(REPOSITORY, 'console', 'dist', 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > 0 && SOURCES.every((path) => newest(join(REPOSITORY, path)) <= built)) return false;
  onStart();
  const { code, output } = await runGuarded(
    [process.execPath, join(REPOSITORY, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'],
    'TERM 5 KILL',
    { cwd: join(REPOSITORY, 'console') },
  );
  if (code !== 0)
    throw new CommandError(`The console could not be built:\n${output.trim().slice(-3_000)}`, {
      remedy: 'Run npm install, which brings what builds it, then start again.',
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
