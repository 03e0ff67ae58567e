import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findSshd } from '../tests/interop/openssh-server.ts';

/**
 * `npm run interop` is not part of `npm test`: it needs what npm does not bring, and, the first time, the
 * network.
 *
 * - `vectors`: vectors/ by libraries in Go that nobody here wrote (interop/go/main.go);
 * - `openssh`: the SFTP connectors against the server of OpenSSH (tests/interop/openssh.ts), passed over
 *   where there is none.
 *
 * `-- vectors` or `-- openssh` runs one of them.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const GO_MINOR_LEAST = 26;

const PARTS: Readonly<Record<string, (named: boolean) => number>> = { vectors, openssh };

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(
    `npm run interop has no part ${unknown.join(', ')}: write one of ${Object.keys(PARTS).join(', ')}, or none for all.\n`,
  );
  process.exitCode = 2;
} else {
  const codes = (named.length > 0 ? named : Object.keys(PARTS)).map((name) => PARTS[name]?.(named.length > 0) ?? 2);
  process.exitCode = codes.find((code) => code === 1) ?? Math.max(...codes);
}

function vectors(): number {
  const folder = `${root}interop/go`;
  const version = spawnSync('go', ['env', 'GOVERSION'], { cwd: folder, encoding: 'utf8' });
  const [, minor] = /^go1\.(\d+)/.exec(version.stdout ?? '') ?? [];
  if (minor === undefined || Number(minor) < GO_MINOR_LEAST) {
    const found = version.error === undefined ? `This is ${(version.stdout || version.stderr).trim()}` : 'There is none on this machine';
    process.stderr.write(`npm run interop needs Go 1.${GO_MINOR_LEAST} or newer. ${found}.\n`);
    return 2;
  }
  return spawnSync('go', ['run', '-mod=readonly', '.'], { cwd: folder, stdio: 'inherit' }).status ?? 1;
}

function openssh(isNamed: boolean): number {
  const sshd = findSshd();
  if (sshd === undefined) {
    process.stderr.write('OpenSSH: not checked. There is no sshd on this machine; Debian and Ubuntu have it in openssh-server.\n');
    return isNamed ? 2 : 0;
  }
  process.stdout.write(`OpenSSH: ${sshd}\n`);
  return (
    spawnSync(process.execPath, ['--test', '--test-reporter=spec', 'tests/interop/openssh.ts'], { cwd: root, stdio: 'inherit' }).status ?? 1
  );
}
