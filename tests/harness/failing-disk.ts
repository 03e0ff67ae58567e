import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A disk whose fsync fails with EIO while that is switched on, for a program that is started with this
 * environment.
 */
export interface FailingDisk {
  readonly environment: Record<string, string>;
  fail(): void;
  work(): void;
  remove(): void;
}

/** @returns why it cannot be had on this machine, as a string. */
export function makeFailingDisk(): FailingDisk | string {
  if (process.platform !== 'linux') return 'LD_PRELOAD as used here is for Linux';
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-failing-disk-'));
  chmodSync(folder, 0o755);
  const library = join(folder, 'failing-disk.so');
  const source = join(folder, 'failing-disk.c');
  copyFileSync(join(import.meta.dirname, 'failing-disk.c'), source);
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, source, '-ldl'], { encoding: 'utf8' });
  if (compiled.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    return `no C compiler: ${compiled.error?.message ?? compiled.stderr}`;
  }
  const trigger = join(folder, 'failing');
  return {
    environment: { LD_PRELOAD: library, FAILING_DISK_SWITCH: trigger },
    fail: () => writeFileSync(trigger, ''),
    work: () => rmSync(trigger, { force: true }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
