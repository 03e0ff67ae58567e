import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { runGuarded } from '@holdfast/service/watchdog';
import { CommandError } from '@holdfast/terminal/report';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** Of our packages' names. */
const SCOPE = '@holdfast/';
const CONSOLE = join(REPOSITORY, 'console');
/** What the console of this clone is made of. */
export const CLONE = {
  console: CONSOLE,
  /** Files and folders, with what they hold. */
  sources: [
    CONSOLE,
    ...packagesOf(CONSOLE),
    ...['docs/guides', 'docs/reference', 'examples', 'package-lock.json'].map((path) => join(REPOSITORY, path)),
  ],
};
const NO_SOURCES: ReadonlySet<string> = new Set(['dist', 'node_modules']);

/** Begins the name of a folder in which a build is under way. */
const BUILDING = '.building-';

/** Makes the console's files in a folder. */
export type Build = (folder: string) => Promise<void>;

/**
 * Builds the console's files when there are none, or older ones than what they are made of. They are made
 * aside and put in place as a whole: another instance may be built, or started, from the same clone
 * meanwhile.
 *
 * @param console where its sources are, and its `dist`.
 * @returns whether it built.
 */
export async function buildConsoleWhenNeeded(
  onStart: () => void,
  build: Build = buildWithVite,
  { console, sources }: { readonly console: string; readonly sources: readonly string[] } = CLONE,
): Promise<boolean> {
  const dist = join(console, 'dist');
  const built = statSync(join(dist, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > 0 && sources.every((path) => newest(path) <= built)) return false;
  onStart();
  const folder = mkdtempSync(join(console, BUILDING));
  // By the clock of the file system, which is a little behind.
  const began = statSync(folder).mtime;
  try {
    await build(join(folder, 'dist'));
    // What is changed during a build is newer than what was built.
    utimesSync(join(folder, 'dist', 'index.html'), began, began);
    putInPlace(folder, dist);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return true;
}

/** Another process may do the same, between any two of these calls. */
function putInPlace(folder: string, dist: string): void {
  for (let former = 0; ; former += 1) {
    if (attempt(() => renameSync(join(folder, 'dist'), dist), ['ENOTEMPTY', 'EEXIST'])) return;
    attempt(() => renameSync(dist, join(folder, `former-${former}`)), ['ENOENT']);
  }
}

function attempt(rename: () => void, expected: readonly string[]): boolean {
  try {
    rename();
    return true;
  } catch (error) {
    if (!expected.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

async function buildWithVite(folder: string): Promise<void> {
  const { code, output } = await runGuarded(
    [process.execPath, join(REPOSITORY, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--outDir', folder, '--logLevel', 'error'],
    'TERM 5 KILL',
    { cwd: CLONE.console },
  );
  if (code === 0) return;
  throw new CommandError(`The console could not be built:\n${output.trim().slice(-3_000)}`, {
    remedy: 'Run npm install, which brings what builds it, then start again.',
  });
}

/** Folders of our packages that one of a folder's manifest needs, those of their own included. */
function packagesOf(folder: string, found = new Set<string>()): Set<string> {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: object; devDependencies?: object };
  // What a console is built of is needed at that time alone.
  for (const name of Object.keys({ ...manifest.dependencies, ...(folder === CONSOLE && manifest.devDependencies) })) {
    const needed = join(REPOSITORY, 'packages', name.slice(SCOPE.length));
    if (!name.startsWith(SCOPE) || found.has(needed)) continue;
    found.add(needed);
    packagesOf(needed, found);
  }
  return found;
}

/** The newest modification below a path, in milliseconds. */
function newest(path: string): number {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !NO_SOURCES.has(entry.name) && !entry.name.startsWith(BUILDING))
    .reduce((latest, entry) => Math.max(latest, newest(join(path, entry.name))), 0);
}
