import { listWorkflowVersions } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { z } from 'zod';
import { readVersions } from '../../workflows/read-versions.ts';
import { requireWorkflow } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int32().min(1)]);

export const listWorkflowVersionsHandler = implement(listWorkflowVersions, async ({ organization, params, query }, { db }) => {
  const below = readCursor(cursorKey, query.cursor)?.[0];
  await requireWorkflow(db, organization.id, params.workflow);
  const found = await readVersions(db, organization.id, params.workflow, { below, limit: query.limit + 1 });
  const { page, nextCursor } = cutPage(found, query.limit, ({ number }) => [number]);
  return { status: 200, body: { items: page, nextCursor } };
});
