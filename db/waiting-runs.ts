import { sql } from 'kysely';
import pg from 'pg';
import type { Statements } from './connection/statements.ts';

const CHANNEL = 'holdfast_waiting_runs';
const RECONNECT_MILLISECONDS = 1_000;

/**
 * Wakes every data plane because a run waits. In the transaction that makes it wait: they hear of it when
 * that is committed. Of several in one transaction they hear once.
 */
export async function announceWaitingRuns(db: Statements): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(db);
}

/**
 * Calls `onWaiting` when a run may wait: at each announcement, and whenever the connection was made again,
 * since announcements were missed meanwhile. `name` is shown in pg_stat_activity. An announcement is no more
 * than a wake-up; what waits stands in the table of runs.
 */
export function listenForWaitingRuns(url: string, name: string, onWaiting: () => void): { stop(): Promise<void> } {
  let stopped = false;
  let current: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const again = () => {
    if (!stopped) timer = setTimeout(open, RECONNECT_MILLISECONDS).unref();
  };
  const open = () => {
    const client = new pg.Client({ connectionString: url, application_name: name, keepAlive: true });
    current = client;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      client.end().catch(() => {});
      again();
    };
    client.on('error', end);
    client.on('end', end);
    client.on('notification', onWaiting);
    client
      .connect()
      .then(() => client.query(`listen ${CHANNEL}`))
      .then(onWaiting, end);
  };
  open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current?.end().catch(() => {});
    },
  };
}
