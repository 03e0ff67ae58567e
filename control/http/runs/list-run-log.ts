import { listRunLog } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { z } from 'zod';
import { requireRun } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int()]);

export const listRunLogHandler = implement(listRunLog, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  await requireRun(db, organization.id, params.run);
  let found = db
    .selectFrom('run_log')
    .leftJoin('run_item', (join) =>
      join
        .onRef('run_item.organization_id', '=', 'run_log.organization_id')
        .onRef('run_item.run_id', '=', 'run_log.run_id')
        .onRef('run_item.id', '=', 'run_log.item_id'),
    )
    .select(['run_log.sequence', 'run_log.time', 'run_log.level', 'run_log.message', 'run_item.name as itemName'])
    .where('run_log.organization_id', '=', organization.id)
    .where('run_log.run_id', '=', params.run)
    .orderBy('run_log.sequence')
    .limit(query.limit + 1);
  if (after !== undefined) found = found.where('run_log.sequence', '>', after[0]);
  const { page, nextCursor } = cutPage(await found.execute(), query.limit, ({ sequence }) => [sequence]);
  return { status: 200, body: { items: page.map(({ time, ...line }) => ({ ...line, time: time.toISOString() })), nextCursor } };
});
