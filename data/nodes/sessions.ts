import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

/** So long the end of each session is waited for, so that its locks are free afterwards. */
const SESSION_ENDS_WITHIN_MILLISECONDS = 500;

/** What a database session of this process is called: by the incarnation in it, another node can end it. */
export function sessionName(name: string, incarnation: string): string {
  return `${name} ${incarnation}`;
}

/**
 * Ends the database sessions of processes that are gone, frozen, or on a host that is away: what they had
 * locked is free then, and an open transaction is undone. A process that goes on afterwards connects again.
 * Answers how many were ended.
 */
export async function endSessions(db: Kysely<Database>, incarnations: readonly string[]): Promise<number> {
  if (incarnations.length === 0) return 0;
  const { rows } = await sql<{ ended: boolean }>`
    select pg_terminate_backend(a.pid, ${SESSION_ENDS_WITHIN_MILLISECONDS}) as ended from pg_stat_activity a
    where a.datname = current_database() and a.usename = session_user and a.pid <> pg_backend_pid()
      and exists (select from unnest(${incarnations}::text[]) as gone (incarnation) where position(gone.incarnation in a.application_name) > 0)`.execute(
    db,
  );
  return rows.filter(({ ended }) => ended).length;
}
