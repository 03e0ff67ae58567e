import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '@holdfast/db';
import type { PreparedDatabase } from './database.ts';
import type { Home } from './home.ts';

/** Between two tries to start PostgreSQL again: doubled each time. Eight tries take about half a minute. */
const RETRY_FIRST_MILLISECONDS = 250;
const RETRIES = 8;

export interface DatabaseProcess {
  /** Rejects when PostgreSQL cannot be started again. */
  readonly failed: Promise<never>;
  /** Stops the server, once nobody uses it any more. An external database is left alone. */
  stop(): Promise<void>;
}

/**
 * Watches over the embedded PostgreSQL: when it ends it is started again at the same address, and the planes reconnect by
 * themselves. With an external database there is nothing to watch.
 */
export function keepRunning(home: Home, prepared: PreparedDatabase, say: (text: string) => void): DatabaseProcess {
  const stopped = new AbortController();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  let embedded = prepared.embedded;

  const watching = (async () => {
    while (embedded !== null) {
      await embedded.ended;
      if (stopped.signal.aborted) return;
      say('PostgreSQL ended and is started again.');
      embedded = await startAgain(embedded.socketFolder);
    }
  })().catch(fail);

  async function startAgain(socketFolder: string) {
    for (let pause = RETRY_FIRST_MILLISECONDS, retry = 1; ; retry += 1, pause *= 2) {
      try {
        return await startEmbedded(home.database, { socketFolder });
      } catch (error) {
        // Killed again while it started, or what was killed is not quite gone.
        if (stopped.signal.aborted) return null;
        if (retry === RETRIES) throw error;
        await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
      }
    }
  }

  return {
    failed,
    async stop() {
      stopped.abort();
      await embedded?.stop();
      await watching;
      // It may have been starting when it was to stop.
      await embedded?.stop();
    },
  };
}
