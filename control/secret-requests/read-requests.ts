import type { SecretRequest } from '@holdfast/api';
import { titleOf } from '@holdfast/configuration';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { componentTypeOf } from '../components/component-types.ts';
import { limitTo } from '../limit-to.ts';
import { inScopeOf } from '../secrets/usability.ts';

/** Which requests are seen: all by owners and admins, by others their own. */
export type Visibility = { readonly sees: 'all' } | { readonly sees: 'own'; readonly userId: string };

/** The person who looks. */
export type Reader = Visibility & { readonly userId: string };

interface Row {
  id: string;
  name: string;
  project_id: string;
  project_name: string;
  component_id: string | null;
  component_name: string | null;
  component_type: string;
  option: string;
  note: string;
  state: SecretRequest['state'];
  asked_at: Date;
  sort_key: string;
  asked_by: Actor;
  decided_at: Date | null;
  decided_by: Actor | null;
  reason: string;
  secret_name: string | null;
  usable: boolean | null;
}

/** Those of requests `r` that are seen. */
function visible(sight: Visibility): RawBuilder<boolean> {
  return sight.sees === 'all' ? sql<boolean>`true` : sql<boolean>`r.asked_by ->> 'id' = ${sight.userId}`;
}

/** Requests `r` that fulfil `where` and that the reader may see, newest first. */
export async function readRequests(
  db: Kysely<Database>,
  organizationId: string,
  reader: Reader,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(SecretRequest & { sortKey: string })[]> {
  const { rows } = await sql<Row>`
    select r.id, r.name, r.project_id, p.name as project_name, r.component_id, c.name as component_name, r.component_type, r.option, r.note,
      r.state, r.asked_at, r.asked_at::text as sort_key, r.asked_by, r.decided_at, r.decided_by, r.reason, r.secret_name,
      (select exists (select from secret_in_project u
          where u.organization_id = s.organization_id and u.secret_id = s.id and u.project_id = r.project_id and u.in_scope)
        from secret s where s.organization_id = r.organization_id and lower(s.name) = lower(r.name)) as usable
    from secret_request r
    join project p on p.organization_id = r.organization_id and p.id = r.project_id
    left join component c on c.organization_id = r.organization_id and c.id = r.component_id
    where r.organization_id = ${organizationId} and ${visible(reader)} and ${where}
    order by r.asked_at desc, r.id desc
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => ({
    id: row.id,
    name: row.name,
    project: { id: row.project_id, name: row.project_name },
    component: row.component_id === null ? null : { id: row.component_id, name: row.component_name ?? '' },
    componentType: row.component_type,
    option: row.option,
    titles: titlesOf(row.component_type, row.option),
    note: row.note,
    state: row.state,
    askedAt: row.asked_at.toISOString(),
    askedBy: personOf(row.asked_by),
    decidedAt: row.decided_at?.toISOString() ?? null,
    decidedBy: row.decided_by === null ? null : personOf(row.decided_by),
    reason: row.reason,
    secretName: row.secret_name,
    secret: row.usable === true ? 'usable' : row.usable === false && reader.sees === 'all' ? 'out-of-scope' : 'missing',
    own: row.asked_by.id === reader.userId,
    sortKey: row.sort_key,
  }));
}

function titlesOf(componentType: string, option: string): SecretRequest['titles'] {
  const type = componentTypeOf(componentType);
  return { componentType: type?.title ?? componentType, option: titleOf(type, option) };
}

export async function countWaiting(db: Kysely<Database>, organizationId: string, sight: Visibility): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from secret_request r
    where r.organization_id = ${organizationId} and r.state = 'waiting' and ${visible(sight)}`.execute(db);
  return rows[0]?.waiting ?? 0;
}

/** Whether the project may use a secret of this name now. */
export async function isUsable(db: Kysely<Database>, organizationId: string, projectId: string, name: string): Promise<boolean> {
  const { rows } = await sql`
    select from secret s where s.organization_id = ${organizationId} and lower(s.name) = ${name.toLowerCase()}
      and ${inScopeOf(projectId, sql.ref('s'))}`.execute(db);
  return rows.length > 0;
}
