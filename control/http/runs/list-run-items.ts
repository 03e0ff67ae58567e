import { listRunItems } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { z } from 'zod';
import { readItemSteps } from '../../runs/read-item-steps.ts';
import { requireRun } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int32()]);

export const listRunItemsHandler = implement(listRunItems, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  await requireRun(db, organization.id, params.run);
  let found = db
    .selectFrom('run_item')
    .selectAll()
    .where('organization_id', '=', organization.id)
    .where('run_id', '=', params.run)
    .orderBy('position')
    .limit(query.limit + 1);
  if (after !== undefined) found = found.where('position', '>', after[0]);
  if (query.status !== undefined) found = found.where('status', '=', query.status);
  const { page, nextCursor } = cutPage(await found.execute(), query.limit, ({ position }) => [position]);
  const place = { organizationId: organization.id, runId: params.run };
  const steps = await readItemSteps(
    db,
    place,
    page.map(({ id }) => id),
  );
  const items = page.map((item) => ({
    id: item.id,
    name: item.name,
    contentType: item.content_type,
    size: item.size,
    sent: item.sent,
    status: item.status,
    attempts: item.attempts,
    publishedAs: item.published_as,
    failure: item.failure,
    steps: steps.get(item.id) ?? [],
    finishedAt: item.finished_at?.toISOString() ?? null,
  }));
  return { status: 200, body: { items, nextCursor } };
});
