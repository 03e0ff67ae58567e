#!/usr/bin/env node
// Plain JavaScript that any Node ≥ 20 reads: it hands over to the Node 24 that npm installed beside us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Otherwise this signal opens Node's inspector, and any process of this account may run code here.
process.on('SIGUSR1', () => {});

const REQUIRED_MAJOR = 24;
const repository = join(dirname(fileURLToPath(import.meta.url)), '..');
const program = join(repository, 'cli', 'main.ts');

if (Number(process.versions.node.split('.')[0]) === REQUIRED_MAJOR) {
  await import(program);
} else {
  const node = join(repository, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      `Holdfast runs on Node ${REQUIRED_MAJOR}; this is ${process.version}, and the one that npm installs is missing. Run: npm install\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself, as it is in the same terminal; it decides when to end.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
}
