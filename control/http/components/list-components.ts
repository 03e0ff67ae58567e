import { listComponents } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { readComponents } from '../../components/read-components.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.string().max(200)]);

export const listComponentsHandler = implement(listComponents, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  await requireProject(db, organization.id, params.project);
  const inProject = sql`c.project_id = ${params.project}`;
  const onPage = after === undefined ? inProject : sql`${inProject} and lower(c.name) > ${after[0]}`;
  const [found, total] = await Promise.all([
    readComponents(db, organization.id, onPage, query.limit + 1),
    sql<{ total: number }>`select count(*) as total from component c where c.organization_id = ${organization.id} and ${inProject}`.execute(
      db,
    ),
  ]);
  const { page, nextCursor } = cutPage(found, query.limit, ({ sortKey }) => [sortKey]);
  return { status: 200, body: { items: page, nextCursor, total: total.rows[0]?.total ?? 0 } };
});
