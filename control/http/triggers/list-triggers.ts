import { listTriggers } from '@holdfast/api';
import { workflowNotFound } from '@holdfast/db/control';
import { readTriggers } from '../../triggers/read-triggers.ts';
import { implement } from '../implement.ts';

export const listTriggersHandler = implement(listTriggers, async ({ organization, params }, { db, settings }) => {
  const workflow = await db
    .selectFrom('workflow')
    .select('id')
    .where('organization_id', '=', organization.id)
    .where('id', '=', params.workflow)
    .executeTakeFirst();
  if (workflow === undefined) throw workflowNotFound();
  const shown = { dataPublicUrl: settings.dataPublicUrl };
  return { status: 200, body: { items: await readTriggers(db, organization.id, workflow.id, shown) } };
});
