import { listRunLog, seesNames } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { z } from 'zod';
import { readRunLog, shownLine } from '../../runs/read-log.ts';
import { requireRun } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int()]);

export const listRunLogHandler = implement(listRunLog, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  await requireRun(db, organization.id, params.run);
  const place = { organizationId: organization.id, runId: params.run };
  const { page, nextCursor } = cutPage(await readRunLog(db, place, after?.[0] ?? -1, query.limit + 1), query.limit, ({ sequence }) => [
    sequence,
  ]);
  const names = seesNames(organization.rights);
  return { status: 200, body: { items: page.map((line) => shownLine(line, names)), nextCursor } };
});
