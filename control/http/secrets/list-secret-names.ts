import { listSecretNames, may, type Secret } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { limitTo } from '../../limit-to.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { secretHolds, secretsThatMayHold } from '../../search.ts';
import { SECRET_STATE } from '../../secrets/secret-state.ts';
import { inScopeOf } from '../../secrets/usability.ts';
import { implement } from '../implement.ts';

/** The name, and how many there are. */
const cursorKey = z.tuple([z.string().max(128), z.int().min(0).optional()]);

interface Row {
  id: string;
  name: string;
  description: string;
  kind: Secret['kind'];
  destinations: string[];
  state: Secret['state'];
  in_scope: boolean;
  projects: number | null;
  rotation_due_at: Date | null;
  replaced_at: Date | null;
  created_at: Date;
}

export const listSecretNamesHandler = implement(listSecretNames, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  await requireProject(db, organization.id, params.project);
  const seesAll = may(organization.rights, 'secrets:read');
  const any = seesAll && query.scope === 'any';
  const inScope = inScopeOf(params.project, sql.ref('s'));
  const usable = sql`s.organization_id = ${organization.id} and s.name is not null ${any ? sql`` : sql`and ${inScope}`}
    ${query.name === undefined ? sql`` : sql`and s.name = ${query.name}`}
    ${query.search ? sql`and ${secretHolds(query.search)}` : sql``}`;
  const from = secretsThatMayHold(organization.id, query.search, after?.[1]);
  const [found, counted] = await Promise.all([
    sql<Row>`
      select s.id, s.name, s.description, s.kind, s.destinations, ${SECRET_STATE} as state, s.replaced_at, s.created_at,
        ${any ? inScope : sql`true`} as in_scope, s.rotation_due_at,
        case when not s.all_projects then (select count(*) from secret_scope p
          where p.organization_id = s.organization_id and p.secret_id = s.id)::integer end as projects
      from ${from} where ${usable} ${after === undefined ? sql`` : sql`and lower(s.name) > ${after[0]}`}
      order by lower(s.name) limit ${limitTo(query.limit + 1)}`.execute(db),
    countUsable(
      db,
      organization.id,
      params.project,
      query.name === undefined && !query.search && !any ? undefined : sql`${from} where ${usable}`,
    ),
  ]);
  const total = counted.rows[0]?.total ?? 0;
  const { page, nextCursor } = cutPage(found.rows, query.limit, ({ name }) => [name.toLowerCase(), total]);
  const items = page.map((row) => ({
    id: row.id,
    name: row.name,
    description: row.description,
    kind: row.kind,
    destinations: row.destinations,
    state: row.state,
    inScope: row.in_scope,
    projects: seesAll ? row.projects : null,
    rotationDueAt: seesAll ? (row.rotation_due_at?.toISOString() ?? null) : null,
    replacedAt: row.replaced_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  }));
  return { status: 200, body: { items, nextCursor, total } };
});

/**
 * @param chosen - secrets called `s`, and which of them; without it all that the project may use are counted,
 *   by the view alone.
 */
function countUsable(db: Kysely<Database>, organizationId: string, projectId: string, chosen: RawBuilder<unknown> | undefined) {
  const counted =
    chosen === undefined
      ? sql`secret_in_project u where u.organization_id = ${organizationId} and u.project_id = ${projectId}
          and u.name is not null and u.in_scope`
      : chosen;
  return sql<{ total: number }>`select count(*) as total from ${counted}`.execute(db);
}
