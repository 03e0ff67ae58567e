import { startRun } from '@holdfast/api';
import { startRun as start, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { readRun } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

export const startRunHandler = implement(startRun, async ({ body, caller, headers, organization, origin, params }, { db, settings }) => {
  const request = {
    organizationId: organization.id,
    workflowId: params.workflow,
    documentIds: body.documentIds,
    documentsOf: body.documentsOf,
    idempotencyKey: headers['idempotency-key'],
    startedBy: actorOf(caller),
  };
  const { runId, entry } = await transaction(db, async (tx) => {
    const started = await start(tx, request);
    if (started.entry !== undefined) await record(tx, organization.id, { caller, origin }, started.entry);
    return started;
  });
  return { status: entry === undefined ? 200 : 201, body: await readRun(db, settings.runs, organization.id, runId) };
});
