import { getWorkflow } from '@holdfast/api';
import { readWorkflow, readYaml } from '../../workflows/read-workflows.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

export const getWorkflowHandler = implement(getWorkflow, async ({ organization, params, reply }, { db }) => {
  const [workflow, yaml] = await Promise.all([
    readWorkflow(db, organization.id, params.workflow),
    readYaml(db, organization.id, params.workflow),
  ]);
  tagRevision(reply, workflow);
  return { status: 200, body: { ...workflow, yaml } };
});
