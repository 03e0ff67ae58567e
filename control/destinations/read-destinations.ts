import type { SecretDestination } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import type { DestinationMode } from '@holdfast/envelope';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { limitTo } from '../limit-to.ts';

const USED_BY_SHOWN = 20;

type Consumer = SecretDestination['usedBy'][number];

interface Row {
  secret_id: string;
  secret_name: string | null;
  destination: string;
  state: SecretDestination['state'];
  own_destinations: SecretDestination['ownDestinations'];
  asked_at: Date;
  sort_key: string;
  asked_by: Actor | null;
  asked_for: Consumer | null;
  decided_at: Date | null;
  decided_by: Actor | null;
  reason: string;
  used_by: Consumer[];
  used_by_total: number;
}

/** The components `c` that send the secret of `d` to its destination. */
const SENDING = sql`
  from binding b
  join component c on c.organization_id = b.organization_id and c.id = b.component_id and d.destination = any (c.destinations)
  where b.organization_id = d.organization_id and b.secret_id = d.secret_id`;

/** Rows `d`, of secrets `s`, that fulfil `where`: newest request first. */
export async function readDestinations(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(SecretDestination & { sortKey: string })[]> {
  const { rows } = await sql<Row>`
    select d.secret_id, s.name as secret_name, d.destination, d.state,
      case when cardinality(s.destinations) = 0 then null when d.destination = any (s.destinations) then 'hold-it' else 'lack-it' end as own_destinations,
      d.asked_at, d.asked_at::text as sort_key, d.asked_by, d.decided_at, d.decided_by, d.reason,
      ${consumerOf(sql`select c.* from component c where c.organization_id = d.organization_id and c.id = d.component_id`)} as asked_for,
      coalesce((select jsonb_agg(x.consumer order by x.name) from (
        select c.name, jsonb_build_object('id', c.id, 'name', c.name, 'project', jsonb_build_object('id', p.id, 'name', p.name)) as consumer
        from (select distinct c.organization_id, c.id, c.name, c.project_id ${SENDING}) c
        join project p on p.organization_id = c.organization_id and p.id = c.project_id
        order by c.name limit ${USED_BY_SHOWN}) x), '[]') as used_by,
      (select count(distinct c.id) ${SENDING})::integer as used_by_total
    from secret_destination d
    join secret s on s.organization_id = d.organization_id and s.id = d.secret_id
    where d.organization_id = ${organizationId} and ${where}
    order by d.asked_at desc, d.secret_id, d.destination
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => ({
    secret: { id: row.secret_id, name: row.secret_name },
    destination: row.destination,
    state: row.state,
    ownDestinations: row.own_destinations,
    askedAt: row.asked_at.toISOString(),
    askedBy: row.asked_by === null ? null : personOf(row.asked_by),
    askedFor: row.asked_for,
    decidedAt: row.decided_at?.toISOString() ?? null,
    decidedBy: row.decided_by === null ? null : personOf(row.decided_by),
    reason: row.reason,
    usedBy: row.used_by,
    usedByTotal: row.used_by_total,
    sortKey: row.sort_key,
  }));
}

function consumerOf(component: RawBuilder<unknown>): RawBuilder<Consumer | null> {
  return sql`(
    select jsonb_build_object('id', c.id, 'name', c.name, 'project', jsonb_build_object('id', p.id, 'name', p.name))
    from (${component}) c join project p on p.organization_id = c.organization_id and p.id = c.project_id)`;
}

export async function readDestinationMode(db: Kysely<Database>, organizationId: string): Promise<DestinationMode> {
  const row = await db.selectFrom('destination_setting').select('mode').where('organization_id', '=', organizationId).executeTakeFirst();
  return row?.mode === 'observe' ? 'observe' : 'enforce';
}

/** How many requests wait, and how many of what components send where is not approved. */
export async function countDestinations(
  db: Kysely<Database>,
  organizationId: string,
): Promise<{ requested: number; refusedByEnforce: number }> {
  const { rows } = await sql<{ requested: number; refusedByEnforce: number }>`
    select
      (select count(*) from secret_destination where organization_id = ${organizationId} and state = 'requested')::integer as requested,
      (select count(*) from (
        select d.secret_id, d.destination from destination_in_use d
        where d.organization_id = ${organizationId} and d.state <> 'approved'
        union
        select r.secret_id, r.destination from secret_destination r
        where r.organization_id = ${organizationId} and r.state = 'requested') open)::integer as "refusedByEnforce"`.execute(db);
  return rows[0] ?? { requested: 0, refusedByEnforce: 0 };
}
