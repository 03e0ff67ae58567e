import { listSourceFolders } from '@holdfast/api';
import { implement } from '../implement.ts';

export const listSourceFoldersHandler = implement(listSourceFolders, async ({ organization }, { db }) => {
  const items = await db
    .selectFrom('source_folder')
    .select('name')
    .where('organization_slug', '=', organization.slug)
    .orderBy('name')
    .execute();
  return { status: 200, body: { items } };
});
