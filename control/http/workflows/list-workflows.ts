import { listWorkflows } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { readWorkflows } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

/** Names are unique in a project only, so the id decides between equal ones. */
const cursorKey = z.tuple([z.string().max(200), z.uuid()]);

export const listWorkflowsHandler = implement(listWorkflows, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const chosen = query.project === undefined ? sql`true` : sql`w.project_id = ${query.project}`;
  const onPage = after === undefined ? chosen : sql`${chosen} and (lower(w.name), w.id) > (${after[0]}, ${after[1]}::uuid)`;
  const [found, total] = await Promise.all([
    readWorkflows(db, organization.id, onPage, query.limit + 1),
    sql<{ total: number }>`select count(*) as total from workflow w where w.organization_id = ${organization.id} and ${chosen}`.execute(db),
  ]);
  const { page, nextCursor } = cutPage(found, query.limit, ({ sortKey, id }) => [sortKey, id]);
  return { status: 200, body: { items: page, nextCursor, total: total.rows[0]?.total ?? 0 } };
});
