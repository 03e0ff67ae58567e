import { statfs } from 'node:fs/promises';
import type { DiskReserve } from '@holdfast/settings';

/**
 * The disk is asked at most this often. Meanwhile uploads write a few hundred MiB at most, which the reserve
 * can bear.
 */
const ASKED_MILLISECONDS = 250;

/**
 * Whether more is free on a disk than is kept for everything but documents.
 *
 * @param folder a folder on it that this process may look at.
 */
export function createDiskCheck(folder: string, reserve: DiskReserve): () => Promise<boolean> {
  if ('bytes' in reserve ? reserve.bytes === 0 : reserve.percent === 0) return async () => true;
  let asked = Number.NEGATIVE_INFINITY;
  let answer = Promise.resolve(true);
  return () => {
    if (performance.now() - asked < ASKED_MILLISECONDS) return answer;
    asked = performance.now();
    answer = statfs(folder).then(({ bavail, blocks, bsize }) => {
      const kept = 'bytes' in reserve ? reserve.bytes : (blocks * bsize * reserve.percent) / 100;
      return bavail * bsize >= kept;
    });
    return answer;
  };
}
