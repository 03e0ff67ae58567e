import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, DatabaseConnection } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { OpeningKeys } from '../keys/opening-keys.ts';

/** Of one statement, each up to a mebibyte. */
const CHUNKS_AT_ONCE = 100;
/** Runs are cancelled first; one that has not ended by then meets what is missing, and ends so. */
const RUNS_END_WITHIN_MILLISECONDS = 30_000;

export interface DeletionDependencies {
  readonly db: Kysely<Database>;
  readonly keys: Pick<OpeningKeys, 'forgetDestroyed'>;
  readonly logger: Logger;
  /** For one statement that may take minutes; it is closed afterwards. */
  readonly connectLong: () => DatabaseConnection;
}

/**
 * Deletes the organizations whose date has come: first their keys and sealed values, in one transaction, then
 * documents a few at a time, then everything else, the record included. A deletion that was interrupted goes
 * on. Several nodes may do it at once. One that fails keeps no other: what it met is thrown after all of
 * them. Answers how many it has finished.
 */
export async function deleteDueOrganizations(dependencies: DeletionDependencies): Promise<number> {
  const { db } = dependencies;
  const asked = await db
    .selectFrom('organization_deletion as deletion')
    .innerJoin('auth.organization as organization', 'organization.id', 'deletion.organization_id')
    .select(['organization.id', 'organization.slug', 'organization.name', 'deletion.requested_by', 'deletion.begun_at'])
    .execute();
  let deleted = 0;
  const failures: unknown[] = [];
  for (const { id, slug, name, requested_by: requestedBy, begun_at: begunAt } of asked) {
    const facts = { organizationId: id, slug, name, requestedBy: requestedBy.name };
    try {
      if (await deleteDue(dependencies, facts, begunAt !== null)) deleted += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return deleted;
}

interface OrganizationFacts {
  readonly organizationId: string;
  readonly slug: string;
  readonly name: string;
  readonly requestedBy: string;
}

/** Answers whether it is gone. */
async function deleteDue(
  { db, keys, logger, connectLong }: DeletionDependencies,
  facts: OrganizationFacts,
  begunBefore: boolean,
): Promise<boolean> {
  const { organizationId: id } = facts;
  const { rows } = await sql<{ begun: boolean }>`select begin_organization_deletion(${id}) as begun`.execute(db);
  // Its date has not come, or an owner has kept it at the last moment.
  if (rows[0]?.begun !== true) return false;
  if (!begunBefore) logEvent(logger, 'organization.deletion_begun', { ...facts });
  await keys.forgetDestroyed();
  await runsEnded(db, id);
  await removeChunks(db, id);
  if (!(await finish(connectLong(), id))) return false;
  logEvent(logger, 'organization.deleted', { ...facts });
  return true;
}

/** One statement, and so one transaction. */
async function finish(db: DatabaseConnection, organizationId: string): Promise<boolean> {
  try {
    const { rows } = await sql<{ finished: boolean }>`select finish_organization_deletion(${organizationId}) as finished`.execute(db);
    return rows[0]?.finished === true;
  } finally {
    await db.destroy();
  }
}

async function runsEnded(db: Kysely<Database>, organizationId: string): Promise<void> {
  const until = performance.now() + RUNS_END_WITHIN_MILLISECONDS;
  while (performance.now() < until) {
    const active = await db
      .selectFrom('run')
      .select('id')
      .where('organization_id', '=', organizationId)
      .where('status', 'in', ['queued', 'running'])
      .limit(1)
      .executeTakeFirst();
    if (active === undefined) return;
    await sleep(200);
  }
}

async function removeChunks(db: Kysely<Database>, organizationId: string): Promise<void> {
  for (let removed = CHUNKS_AT_ONCE; removed === CHUNKS_AT_ONCE; ) {
    const { numAffectedRows } = await sql`
      delete from document_chunk where (organization_id, document_id, number) in (
        select organization_id, document_id, number from document_chunk where organization_id = ${organizationId} limit ${CHUNKS_AT_ONCE})`.execute(
      db,
    );
    removed = Number(numAffectedRows ?? 0n);
  }
}
