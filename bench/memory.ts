import { privateMemory } from '../tests/harness/processes.ts';

const SAMPLE_MILLISECONDS = 200;

/**
 * Watches what processes have for themselves, together. `stop` answers how many bytes that grew at most since
 * the beginning.
 */
export async function watchMemory(pids: readonly number[]): Promise<{ stop(): Promise<number> }> {
  const now = async () => (await Promise.all(pids.map((pid) => privateMemory(pid).catch(() => 0)))).reduce((sum, bytes) => sum + bytes, 0);
  const atFirst = await now();
  let most = atFirst;
  let sampling = Promise.resolve();
  const timer = setInterval(() => {
    sampling = sampling.then(async () => {
      most = Math.max(most, await now());
    });
  }, SAMPLE_MILLISECONDS);
  return {
    async stop() {
      clearInterval(timer);
      await sampling;
      return Math.max(most, await now()) - atFirst;
    },
  };
}
