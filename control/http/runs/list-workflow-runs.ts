import { listWorkflowRuns } from '@holdfast/api';
import { workflowNotFound } from '@holdfast/db/control';
import { sql } from 'kysely';
import { listRunsBy } from '../../runs/list-runs.ts';
import { implement } from '../implement.ts';

export const listWorkflowRunsHandler = implement(listWorkflowRuns, async ({ organization, params, query }, control) => {
  const workflow = await control.db
    .selectFrom('workflow')
    .select('id')
    .where('organization_id', '=', organization.id)
    .where('id', '=', params.workflow)
    .executeTakeFirst();
  if (workflow === undefined) throw workflowNotFound();
  return { status: 200, body: await listRunsBy(control, organization.id, [sql`r.workflow_id = ${workflow.id}`], query) };
});
