import { retryRun } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { readRun } from '../../runs/read-runs.ts';
import { retryRun as retry } from '../../runs/retry-run.ts';
import { implement } from '../implement.ts';

export const retryRunHandler = implement(retryRun, async ({ body, caller, organization, origin, params }, { db, settings }) => {
  await transaction(db, async (tx) => {
    const { items, itemIds } = body;
    const entry = await retry(tx, { organizationId: organization.id, runId: params.run, items, itemIds, retriedBy: actorOf(caller) });
    await record(tx, organization.id, { caller, origin }, entry);
  });
  return { status: 202, body: await readRun(db, settings.runs, organization.id, params.run) };
});
