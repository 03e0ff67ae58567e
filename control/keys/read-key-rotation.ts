import type { KeyRotation } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, sql } from 'kysely';

const FAILURES_SHOWN = 50;

interface RotationRow {
  id: string;
  requested_at: Date;
  requested_by: Actor;
  started_at: Date | null;
  finished_at: Date | null;
  from_key_id: string | null;
  to_key_id: string | null;
  values_total: number;
  values_resealed: number;
  waiting_for: string | null;
  /** Under any key but the current one, those that failed included. */
  under_former: number;
}

/** The newest rotation of the organization's sealing key; `null` when there was none. */
export async function readKeyRotation(db: Kysely<Database>, organizationId: string): Promise<KeyRotation | null> {
  const { rows } = await sql<RotationRow>`
    select r.*, (
      select count(*) from organization_key k
      join secret_version v on v.organization_id = k.organization_id and v.key_id = k.id and v.state <> 'superseded'
      where k.organization_id = r.organization_id and not k.current) as under_former
    from key_rotation r where r.organization_id = ${organizationId} order by r.sequence desc limit 1`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const failures = await readFailures(db, organizationId, row.id);
  const left = row.started_at === null ? row.under_former : Math.max(0, row.under_former - failures.total);
  return {
    id: row.id,
    state: row.started_at === null ? 'requested' : row.finished_at === null ? 're-sealing' : failures.total > 0 ? 'incomplete' : 'finished',
    requestedAt: row.requested_at.toISOString(),
    requestedBy: personOf(row.requested_by),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    fromKeyId: row.from_key_id,
    toKeyId: row.to_key_id,
    // Values that came under the former key afterwards are done as well, and some were replaced or deleted
    // before their turn.
    values: { total: row.values_resealed + left + failures.total, done: row.values_resealed, left },
    waitingFor: row.waiting_for,
    failures: failures.shown,
    failed: failures.total,
  };
}

/** What is still under a former key: a value that was replaced or deleted since is none any more. */
async function readFailures(db: Kysely<Database>, organizationId: string, rotationId: string) {
  const { rows } = await sql<{ secretId: string; name: string; code: string; total: number }>`
    select f.secret_id as "secretId", f.name, f.code, count(*) over () as total from key_rotation_failure f
    join secret_version v on v.organization_id = f.organization_id and v.id = f.version_id and v.state <> 'superseded'
    join organization_key k on k.organization_id = v.organization_id and k.id = v.key_id and not k.current
    where f.organization_id = ${organizationId} and f.rotation_id = ${rotationId}
    order by f.name limit ${FAILURES_SHOWN}`.execute(db);
  return { total: rows[0]?.total ?? 0, shown: rows.map(({ secretId, name, code }) => ({ secretId, name, code })) };
}
