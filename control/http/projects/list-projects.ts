import { listProjects } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { readProjects } from '../../projects/read-projects.ts';
import { containsText } from '../../search.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.string().max(200)]);

export const listProjectsHandler = implement(listProjects, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const chosen = query.search
    ? sql`(${containsText('p.name', query.search)} or ${containsText('p.description', query.search)})`
    : sql`true`;
  const onPage = after === undefined ? chosen : sql`${chosen} and lower(p.name) > ${after[0]}`;
  const [found, total] = await Promise.all([
    readProjects(db, organization.id, onPage, query.limit + 1),
    sql<{ total: number }>`select count(*) as total from project p where p.organization_id = ${organization.id} and ${chosen}`.execute(db),
  ]);
  const { page, nextCursor } = cutPage(found, query.limit, ({ sortKey }) => [sortKey]);
  return { status: 200, body: { items: page, nextCursor, total: total.rows[0]?.total ?? 0 } };
});
