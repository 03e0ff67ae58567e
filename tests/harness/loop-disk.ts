import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/**
 * An ext4 file system in a file. What the file holds is what a disk would hold: data that was not flushed is
 * still in the memory of the system, and a copy of the file is what a machine would find after its plug was
 * pulled.
 */
export interface LoopDisk {
  readonly folder: string;
  /** The disk as it is at this moment, as another disk. What writes to it must be halted. */
  pullPlug(): LoopDisk;
  remove(): void;
}

/** @returns why it cannot be had on this machine, as a string. */
export function makeLoopDisk(mebibytes: number): LoopDisk | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a loop device is mounted by root on Linux';
  const place = mkdtempSync(join(tmpdir(), 'holdfast-loop-disk-'));
  chmodSync(place, 0o755);
  try {
    const image = join(place, 'image');
    run('truncate', '-s', `${mebibytes}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    return mountDisk(place, image);
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    return `no loop device can be mounted: ${(error as Error).message}`;
  }
}

function mountDisk(place: string, image: string): LoopDisk {
  const folder = join(place, 'mounted');
  mkdirSync(folder);
  run('mount', '-o', 'loop', image, folder);
  chmodSync(folder, 0o755);
  return {
    folder,
    pullPlug() {
      const other = mkdtempSync(join(tmpdir(), 'holdfast-loop-disk-'));
      chmodSync(other, 0o755);
      const copy = join(other, 'image');
      // Written while it was copied, it is no single moment.
      for (let before = ''; before !== writesTo(image); ) {
        before = writesTo(image);
        run('cp', '--sparse=always', image, copy);
      }
      return mountDisk(other, copy);
    },
    remove() {
      spawnSync('umount', ['-l', folder]);
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** The counters of its device (field 5: writes that have completed, field 9: under way). */
function writesTo(image: string): string {
  const device = run('losetup', '--noheadings', '--output', 'NAME', '--associated', image).trim();
  const fields = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8')
    .trim()
    .split(/\s+/);
  return `${fields[4]} ${fields[8]}`;
}

function run(program: string, ...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
