import { repeat } from '../repeat.ts';
import { waitsForFolderOf } from './claim-run.ts';
import { executeNextRun, type RunDependencies } from './execute-run.ts';

const LOOK_SECONDS = 0.5;

/**
 * Takes up runs that read a folder of this node. A job of the queue wakes any node, and one without the folder leaves the run waiting:
 * where there are several, each looks for those that only it can execute.
 *
 * @param hasPeers whether other data planes run: alone, this node gets every job.
 */
export function takeRunsOfOwnFolders(
  dependencies: RunDependencies,
  { slots, hasPeers }: { readonly slots: number; readonly hasPeers: () => boolean },
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const { db, nodeId, folders, active } = dependencies;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function look(): Promise<void> {
    if (folders.length === 0 || !hasPeers() || active.size >= slots || underWay.size >= slots || !(await waitsForFolderOf(db, nodeId)))
      return;
    const work = executeNextRun(dependencies, stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onError(error);
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  const looks = repeat(LOOK_SECONDS, look, onError);
  return {
    async stop() {
      stopping.abort();
      await looks.stop();
      await Promise.all(underWay);
    },
  };
}
