import { getWorkflow } from '@holdfast/api';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

export const getWorkflowHandler = implement(getWorkflow, async ({ organization, params }, { db }) => {
  return { status: 200, body: await readWorkflow(db, organization.id, params.workflow) };
});
