#!/usr/bin/env node
// Plain JavaScript that any Node ≥ 20 reads: it hands over to the Node 24 that npm installed beside us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileWhenNeeded, findCompiled, PROGRAMS } from '../launcher/programs/compiled.mjs';

// Otherwise this signal opens Node's inspector, and any process of this account may run code here.
process.on('SIGUSR1', () => {});

const REQUIRED_MAJOR = 24;
const PARENT_MILLISECONDS = 250;
const repository = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What runs until it is stopped is worth compiling for. */
const COMPILES = ['start', 'control', 'data'];

/** The compiled copy of the commands, or their sources. */
async function findProgram(node) {
  let compiled = findCompiled(repository, 'commands');
  if (compiled === undefined && COMPILES.includes(process.argv[2] ?? '')) {
    // All at once. Should that fail, or a plane's copy be older, the launcher compiles it or says so.
    const say = () => process.stderr.write('Compiling Holdfast (once) …\n');
    compiled = (await compileWhenNeeded(repository, PROGRAMS, node, say)).folders.get('commands');
  }
  return compiled === undefined ? join(repository, 'bin', 'main.ts') : join(compiled, 'main.mjs');
}

/**
 * `npm start` names npm's process, our parent, since npm passes on SIGINT and SIGTERM but dies of SIGHUP and
 * SIGKILL without a word. Below npx it is our parent from the start. undefined: we may outlive it, as a
 * daemon does.
 */
function parentToStopWith() {
  const index = process.argv.indexOf('--stop-with');
  if (index > 0) return Number(process.argv[index + 1]);
  return process.env.npm_lifecycle_event === 'npx' ? process.ppid : undefined;
}

function whenParentIsGone(act) {
  const parent = parentToStopWith();
  if (parent === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, PARENT_MILLISECONDS);
  timer.unref();
}

if (Number(process.versions.node.split('.')[0]) === REQUIRED_MAJOR) {
  whenParentIsGone(() => process.kill(process.pid, 'SIGHUP'));
  await import(pathToFileURL(await findProgram(process.execPath)).href);
} else {
  const node = join(repository, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      `Holdfast runs on Node ${REQUIRED_MAJOR}; this is ${process.version}, and the one that npm installs is missing. Run: npm install\n`,
    );
    process.exit(1);
  }
  // The channel tells it when we are gone, however that happens.
  const child = spawn(node, [await findProgram(node), ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // Ctrl-C reaches it twice, from the terminal and from here: it knows. A signal to us alone reaches it once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  whenParentIsGone(() => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
}
