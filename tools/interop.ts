import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * `npm run interop` checks vectors/ with libraries in Go that nobody here wrote: see interop/go/main.go. It
 * is not part of `npm test`, because it needs Go and, the first time, the network.
 */
const folder = fileURLToPath(new URL('../interop/go', import.meta.url));
const GO_MINOR_LEAST = 26;

const version = spawnSync('go', ['env', 'GOVERSION'], { cwd: folder, encoding: 'utf8' });
const [, minor] = /^go1\.(\d+)/.exec(version.stdout ?? '') ?? [];
if (minor === undefined || Number(minor) < GO_MINOR_LEAST) {
  const found = version.error === undefined ? `This is ${(version.stdout || version.stderr).trim()}` : 'There is none on this machine';
  process.stderr.write(`npm run interop needs Go 1.${GO_MINOR_LEAST} or newer. ${found}.\n`);
  process.exitCode = 2;
} else {
  const run = spawnSync('go', ['run', '-mod=readonly', '.'], { cwd: folder, stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
}
