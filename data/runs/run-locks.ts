import { connect, type Database, type DatabaseConnection, inNaturalGroups } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { advisoryLock } from '../advisory-lock.ts';

declare const holdsLocks: unique symbol;
/**
 * The connection whose session holds the locks of this process's runs: what is written through it fails when
 * they are lost.
 */
export type LockConnection = Kysely<Database> & { readonly [holdsLocks]: true };

/**
 * The locks of the runs that this process works on, all held by one session: PostgreSQL frees them when that
 * session ends, so that a process that was killed leaves nothing behind. Once the session is lost, every
 * statement through `connection` fails.
 */
export interface RunLocks {
  readonly connection: LockConnection;
  /** The run's lock must be free before it waits for a slot again. */
  unlock(runId: string): Promise<void>;
  /** Throws when the session, and with it every lock, is lost. */
  confirm(): Promise<void>;
  /** Frees every lock. */
  close(): Promise<void>;
}

/** @param name of the session, see data/nodes/sessions.ts. */
export async function openRunLocks(databaseUrl: string, name: string): Promise<RunLocks> {
  // A pool of one, whose one connection is taken for good: a pool by itself would replace a lost session
  // unnoticed.
  const pool: DatabaseConnection = connect(databaseUrl, { name, maximumConnections: 1, findsByKey: true });
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { promise: opened, resolve, reject } = Promise.withResolvers<LockConnection>();
  const holding = pool.connection().execute(async (held) => {
    await sql`select 1`.execute(held);
    resolve(held as LockConnection);
    await closed;
  });
  holding.catch(reject);
  try {
    const connection = await opened;
    return {
      connection,
      unlock: inNaturalGroups(async (runIds) => {
        const names = runIds.map((runId) => lockName(runId));
        await sql`select pg_advisory_unlock(${advisoryLock(sql`name`)}) from unnest(${names}::text[]) as name`.execute(connection);
        return runIds.map(() => undefined);
      }),
      async confirm() {
        await sql`select 1`.execute(connection);
      },
      async close() {
        await sql`select pg_advisory_unlock_all()`.execute(connection).catch(() => undefined);
        close();
        await holding.catch(() => undefined);
        await pool.destroy();
      },
    };
  } catch (error) {
    close();
    await pool.destroy();
    throw error;
  }
}

function lockName(runId: string): string {
  return `run ${runId}`;
}

/** The lock of the run whose id an SQL expression gives. */
export function lockOfRun(id: ReturnType<typeof sql.ref>) {
  return advisoryLock(sql`'run ' || ${id}`);
}
