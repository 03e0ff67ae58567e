import { listRunItems } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { readItems } from '../../runs/read-items.ts';
import { requireRun } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.uuid()]);

export const listRunItemsHandler = implement(listRunItems, async ({ organization, params, query }, { db, settings }) => {
  const after = readCursor(cursorKey, query.cursor);
  await requireRun(db, organization.id, params.run);
  const conditions = [
    ...(after === undefined ? [] : [sql`i.id > ${after[0]}`]),
    ...(query.status === undefined ? [] : [sql`i.status = ${query.status}`]),
  ];
  const found = await readItems(
    db,
    { organizationId: organization.id, runId: params.run, bucketIsReached: settings.dataPublicUrl !== undefined },
    { where: sql.join([sql`true`, ...conditions], sql` and `), order: sql`i.id`, limit: query.limit + 1 },
  );
  const { page, nextCursor } = cutPage(found, query.limit, ({ id }) => [id]);
  return { status: 200, body: { items: page, nextCursor } };
});
