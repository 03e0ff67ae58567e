// Runs before npm start and npm test, on whatever Node ≥ 20 is there: installs the packages when they are
// missing or older than the lockfile, so that a fresh clone needs one command.
//
// With “start”: what runs Holdfast and builds its console, which is the workspaces. Without: also what checks
// and tests it, which hangs on the root's own devDependencies. `npm ci --omit=dev` leaves what runs it, and
// is enough once the console is built.
//
// No package runs a script of its own at installation but those that `allowScripts` of package.json names, on
// every npm: one that does not know the field, or only warns, is asked to ignore them all.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..');
const lockfile = join(repository, 'package-lock.json');
// npm writes this file when an installation is complete.
const installed = join(repository, 'node_modules', '.package-lock.json');
const busy = join(repository, '.installing');
const toStart = process.argv[2] === 'start';
const WAIT_MILLISECONDS = 15 * 60_000;
const TOUCH_MILLISECONDS = 30_000;
/** Nobody touches the lock of a process that was killed; another may have its number by now. */
const STALE_MILLISECONDS = 4 * TOUCH_MILLISECONDS;
/** Of npm, when a signal ended it: SIGHUP, SIGINT, SIGTERM. Others above 128 are numbers of errors. */
const ENDED_BY_SIGNAL = [129, 130, 143];

if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(`Holdfast needs Node 20 or newer to install itself; this is ${process.version}.\n`);
  process.exit(1);
}

/** Of npm while it runs. */
let child;
/** Set by a signal: what this process ends with once npm has put back what it had begun. */
let ending;
for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => {
    if (child === undefined) process.exit(code);
    ending = code;
    // A terminal sends the others to npm as well, which a second one would keep from putting things back.
    if (signal === 'SIGTERM') child.kill(signal);
  });
}

if (!upToDate() || existsSync(busy)) {
  await oneAtATime(async () => {
    if (upToDate()) return;
    process.stdout.write('Installing packages (a minute or two, once) …\n');
    const before = readFileSync(lockfile, 'utf8');
    // Of a smaller installation that is otherwise right nothing is taken away: something may be running on
    // it.
    const isInstalled = (isCurrent() && (await install('install'))) || (await install('ci')) || (await install('install'));
    // npm ci stops where a registry lacks a package of another platform; npm install takes what this one
    // needs.
    if (!isInstalled) {
      process.stderr.write('The packages could not be installed; what npm says stands above.\n');
      process.exit(1);
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

/** @returns whether all is there, with what the scripts of allowed packages make. */
async function install(command) {
  const { workspaces, allowScripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const chosen = toStart ? workspaces.map((folder) => `--workspace=${folder.replace('/*', '')}`) : [];
  const written = await npm(command, ...chosen, '--ignore-scripts', '--no-audit', '--no-fund');
  if (!written) return false;
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] && has(name));
  return (await npm('rebuild', ...allowed)) && (await run(process.execPath, [join(repository, 'tools', 'trim-packages.mjs')]));
}

function npm(...words) {
  return run('npm', [...words, '--loglevel=error'], { shell: process.platform === 'win32' });
}

/** @returns whether it ended with code 0. npm is a script of the shell on Windows. */
function run(program, words, options = {}) {
  return new Promise((resolve) => {
    child = spawn(program, words, { cwd: repository, stdio: 'inherit', ...options });
    child.once('error', () => resolve(false));
    child.once('close', (code, signal) => {
      child = undefined;
      // Nothing is tried in the place of what somebody ended.
      if (ending !== undefined) process.exit(ending);
      if (signal !== null || ENDED_BY_SIGNAL.includes(code)) process.exit(code ?? 1);
      resolve(code === 0);
    });
  });
}

async function oneAtATime(work) {
  const deadline = Date.now() + WAIT_MILLISECONDS;
  for (let waits = false; ; waits = true) {
    try {
      writeFileSync(busy, `${process.pid}\n`, { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = readHolder();
      if (isStale(holder)) {
        // It was killed, whatever npm had written by then.
        forget();
        continue;
      }
      if (!waits) process.stdout.write(`Waiting for another installation${holder === undefined ? '' : ` (process ${holder})`} …\n`);
      if (Date.now() > deadline) throw new Error(`Another installation does not end. If there is none, delete ${busy}.`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  process.once('exit', forget);
  const touching = setInterval(() => utimesSync(busy, new Date(), new Date()), TOUCH_MILLISECONDS);
  await work();
  clearInterval(touching);
  process.removeListener('exit', forget);
  rmSync(busy, { force: true });
}

/** Of an installation that did not end: the next call begins again. */
function forget() {
  rmSync(installed, { force: true });
  rmSync(busy, { force: true });
}

/** `undefined` while its holder is about to write it. */
function readHolder() {
  try {
    return Number(readFileSync(busy, 'utf8').trim()) || undefined;
  } catch {
    return undefined;
  }
}

function isStale(holder) {
  // In a container that is started again, we may have the number of the one that was killed.
  if (holder === process.pid || (holder !== undefined && !isAlive(holder))) return true;
  const touched = statSync(busy, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched > STALE_MILLISECONDS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
