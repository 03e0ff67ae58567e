import { listSourceFolders } from '@holdfast/api';
import { sql } from 'kysely';
import { implement } from '../implement.ts';

export const listSourceFoldersHandler = implement(listSourceFolders, async ({ organization }, { db }) => {
  const items = await db
    .selectFrom('source_folder')
    .leftJoin('live_node', 'live_node.id', 'source_folder.node_id')
    .select(['name', sql<boolean>`bool_or(live_node.id is not null)`.as('available')])
    .where('organization_slug', '=', organization.slug)
    .groupBy('name')
    .orderBy('name')
    .execute();
  return { status: 200, body: { items } };
});
