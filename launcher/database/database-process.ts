import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedDatabase, EmbeddedOptions } from '@holdfast/db/owner';

/** Between two tries to start PostgreSQL again: doubled each time. */
const RETRY_FIRST_MILLISECONDS = 250;
const RETRY_LONGEST_MILLISECONDS = 5_000;
/** How long it may take to answer after a start: doubled each time it took longer. */
const READY_FIRST_MILLISECONDS = 30_000;
const READY_LONGEST_MILLISECONDS = 3_600_000;
/** What keeps it from starting is repeated to the operator so often. */
const REPEAT_MILLISECONDS = 60_000;

export interface DatabaseProcess {
  /** Stops the server, once nobody uses it any more; by force when it does not end. */
  stop(): Promise<void>;
}

/**
 * Watches over the embedded PostgreSQL. When it ends, or gives no answer for too long, it is started again at
 * the same address, and the planes reconnect by themselves. That is tried for as long as it takes: a disk
 * that was full has room again one day.
 *
 * @param startAgain at the same address, without writing anything of our own: the disk may be full.
 */
export function keepRunning(
  first: EmbeddedDatabase,
  startAgain: (options: Pick<EmbeddedOptions, 'readyMilliseconds' | 'signal'>) => Promise<EmbeddedDatabase>,
  say: (text: string) => void,
): DatabaseProcess {
  const stopped = new AbortController();
  let server = first;

  const watching = (async () => {
    for (;;) {
      const over = new AbortController();
      const silence = server.untilSilent(READY_FIRST_MILLISECONDS, over.signal);
      const reason = await Promise.race([server.ended.then(() => 'ended'), silence]);
      over.abort();
      if (stopped.signal.aborted) return;
      say(`PostgreSQL ${reason} and is started again.`);
      if (reason !== 'ended') await server.kill();
      const next = await untilStarted();
      if (next === undefined) return;
      server = next;
    }
  })();

  async function untilStarted(): Promise<EmbeddedDatabase | undefined> {
    let saidAt = 0;
    let readyMilliseconds = READY_FIRST_MILLISECONDS;
    for (let pause = RETRY_FIRST_MILLISECONDS; ; pause = Math.min(pause * 2, RETRY_LONGEST_MILLISECONDS)) {
      const began = Date.now();
      try {
        const started = await startAgain({ readyMilliseconds, signal: stopped.signal });
        if (saidAt > 0) say('PostgreSQL runs again.');
        return started;
      } catch (error) {
        if (stopped.signal.aborted) return undefined;
        // A long recovery must not be killed at the same place again and again.
        if (Date.now() - began >= readyMilliseconds) readyMilliseconds = Math.min(readyMilliseconds * 2, READY_LONGEST_MILLISECONDS);
        // Once may be chance: killed again while it started, or what was killed is not quite gone.
        if (pause > RETRY_FIRST_MILLISECONDS && Date.now() - saidAt > REPEAT_MILLISECONDS) {
          say(`PostgreSQL cannot be started, which is tried again until it can. ${error instanceof Error ? error.message : ''}`);
          saidAt = Date.now();
        }
        await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
      }
    }
  }

  return {
    async stop() {
      stopped.abort();
      await server.stop();
      await watching;
      // It may have been starting when it was to stop.
      await server.stop();
    },
  };
}
