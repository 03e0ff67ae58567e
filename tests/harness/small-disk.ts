import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left, but for these bytes. */
  fill(leaveBytes?: number): void;
  makeRoom(): void;
  remove(): void;
}

/** A tmpfs. @returns why it cannot be had on this machine, as a string. */
export function mountSmallDisk(bytes: number): SmallDisk | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a small file system is mounted by root on Linux';
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-small-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmdirSync(folder);
    return `no file system can be mounted: ${mounted.error?.message ?? mounted.stderr.trim()}`;
  }
  chmodSync(folder, 0o755);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill(leaveBytes = 0) {
      for (const part of [1_048_576, 65_536, 4_096]) {
        for (;;) {
          const { bavail, bsize } = statfsSync(folder);
          if (bavail * bsize - leaveBytes < part) break;
          writeFileSync(filler, Buffer.alloc(part), { flag: 'a' });
        }
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    remove() {
      spawnSync('umount', ['-l', folder]);
      rmdirSync(folder);
    },
  };
}
