// Runs before npm start and npm test, on whatever Node ≥ 20 is there: installs the packages when they are
// missing or older than the lockfile, so that a fresh clone needs one command.
//
// With “start”: what runs Holdfast and builds its console, which is the workspaces. Without: also what checks
// and tests it, which hangs on the root's own devDependencies. `npm ci --omit=dev` leaves what runs it, and
// is enough once the console is built.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..');
const lockfile = join(repository, 'package-lock.json');
// npm writes this file when an installation is complete.
const installed = join(repository, 'node_modules', '.package-lock.json');
const busy = join(repository, '.installing');
const toStart = process.argv[2] === 'start';
const WAIT_MILLISECONDS = 15 * 60_000;

if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(`Holdfast needs Node 20 or newer to install itself; this is ${process.version}.\n`);
  process.exit(1);
}

if (!upToDate()) {
  await oneAtATime(() => {
    if (upToDate()) return;
    process.stdout.write('Installing packages (a minute or two, once) …\n');
    const before = readFileSync(lockfile, 'utf8');
    // Of a smaller installation that is otherwise right nothing is taken away: something may be running on
    // it.
    if (isCurrent() && npm('install')) return;
    // npm ci stops where a registry lacks a package of another platform; npm install takes what this one
    // needs.
    if (!npm('ci') && !npm('install')) {
      process.stderr.write('The packages could not be installed; what npm says stands above.\n');
      process.exitCode = 1;
    }
    if (process.env.CI && readFileSync(lockfile, 'utf8') !== before) {
      process.stderr.write('npm install changed package-lock.json: it does not describe these packages.\n');
      process.exitCode = 1;
    }
  });
}

function upToDate() {
  return (
    isCurrent() && (has('@holdfast/tests') || (toStart && (has('vite') || existsSync(join(repository, 'console', 'dist', 'index.html')))))
  );
}

function isCurrent() {
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs;
}

function has(name) {
  return existsSync(join(repository, 'node_modules', name));
}

function npm(command) {
  // npm's own program runs on the Node that runs us; on Windows npm is a script of the shell.
  const { workspaces } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const chosen = toStart ? workspaces.map((folder) => `--workspace=${folder.replace('/*', '')}`) : [];
  const result = spawnSync('npm', [command, ...chosen, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: repository,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return result.status === 0;
}

async function oneAtATime(work) {
  const deadline = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    try {
      closeSync(openSync(busy, 'wx'));
      break;
    } catch {
      // A lock that is older than any installation was left by a process that was killed.
      if (Date.now() - (statSync(busy, { throwIfNoEntry: false })?.mtimeMs ?? 0) > WAIT_MILLISECONDS) rmSync(busy, { force: true });
      if (Date.now() > deadline) throw new Error(`Another installation does not end. If there is none, delete ${busy}.`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const clean = () => rmSync(busy, { force: true });
  process.once('exit', clean);
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  try {
    work();
  } finally {
    clean();
  }
}
