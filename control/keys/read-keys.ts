import type { OrganizationKeyFacts } from '@holdfast/api';
import { type Database, FORMER_KEY_MINUTES } from '@holdfast/db/control';
import { fingerprint } from '@holdfast/envelope';
import { type Kysely, sql } from 'kysely';
import { limitTo } from '../limit-to.ts';

interface KeyRow {
  id: string;
  generation: number;
  public_key: Buffer;
  current: boolean;
  created_at: Date;
  retired_at: Date | null;
  destroyed_at: Date | null;
  values: number;
}

/** The organization's keys below a generation, newest first, with how many values are under each. */
export async function readKeys(
  db: Kysely<Database>,
  organizationId: string,
  belowGeneration: number | undefined,
  limit: number,
): Promise<OrganizationKeyFacts[]> {
  const { rows } = await sql<KeyRow>`
    select k.id, k.generation, k.public_key, k.current, k.created_at, k.retired_at, k.destroyed_at,
      (select count(*) from secret_version v
        where v.organization_id = k.organization_id and v.key_id = k.id and v.state <> 'superseded') as values
    from organization_key k
    where k.organization_id = ${organizationId} and (${belowGeneration ?? null}::bigint is null or k.generation < ${belowGeneration ?? null}::bigint)
    order by k.generation desc limit ${limitTo(limit)}`.execute(db);
  return Promise.all(rows.slice(0, limit).map(toFacts));
}

async function toFacts(row: KeyRow): Promise<OrganizationKeyFacts> {
  const retiring = row.retired_at !== null && row.destroyed_at === null;
  return {
    id: row.id,
    generation: row.generation,
    fingerprint: await fingerprint(row.public_key),
    state: row.current ? 'current' : retiring ? 'retiring' : 'destroyed',
    createdAt: row.created_at.toISOString(),
    retiredAt: row.retired_at?.toISOString() ?? null,
    destroyedAt: row.destroyed_at?.toISOString() ?? null,
    keptUntil: retiring && row.retired_at !== null ? new Date(row.retired_at.getTime() + FORMER_KEY_MINUTES * 60_000).toISOString() : null,
    values: row.values,
  };
}
