import { setRetention } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { readRetention } from '../../runs/read-retention.ts';
import { implement } from '../implement.ts';

export const setRetentionHandler = implement(setRetention, async ({ body, caller, organization, origin }, { db, settings }) => {
  const { documentDays, logDays, runDays } = body;
  await transaction(db, async (tx) => {
    const changed_by = JSON.stringify(actorOf(caller));
    const days = { document_days: documentDays, log_days: logDays, run_days: runDays };
    await tx
      .insertInto('retention')
      .values({ organization_id: organization.id, ...days, changed_by })
      .onConflict((conflict) => conflict.column('organization_id').doUpdateSet({ ...days, changed_by, changed_at: new Date() }))
      .execute();
    const target = { kind: 'organization', id: organization.id, name: organization.name };
    await record(tx, organization.id, { caller, origin }, { action: 'organization.set-retention', target, detail: body });
  });
  return { status: 200, body: await readRetention(db, settings.runs, organization.id) };
});
