import { preflightWorkflow } from '@holdfast/api';
import { preflight } from '../../workflows/preflight.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

export const preflightWorkflowHandler = implement(preflightWorkflow, async ({ caller, organization, origin, params, request }, control) => {
  const workflow = await readWorkflow(control.db, organization.id, params.workflow);
  const by = { organizationId: organization.id, organizationSlug: organization.slug, caller, origin };
  const checks = await preflight(control, by, workflow, () => request.raw.socket.destroyed);
  return { status: 200, body: { passed: checks.every(({ passed }) => passed), checks } };
});
