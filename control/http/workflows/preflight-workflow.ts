import { preflightWorkflow } from '@holdfast/api';
import { preflight } from '../../workflows/preflight.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

export const preflightWorkflowHandler = implement(
  preflightWorkflow,
  async ({ caller, organization, origin, params, query, request }, control) => {
    const workflow = await readWorkflow(control.db, organization.id, params.workflow);
    const by = { organizationId: organization.id, caller, origin };
    // Without a version, what the workflow shows is its draft.
    const draft = workflow.version === null ? null : workflow.draft;
    const how = { asksServices: query.services === 'ask', isGone: () => request.raw.socket.destroyed };
    const [found, ofDraft = null] = await preflight(control, by, draft === null ? [workflow] : [workflow, draft], how);
    if (found === undefined) throw new Error('A preflight answers for each definition.');
    return { status: 200, body: { revision: workflow.revision, ...found, draft: ofDraft } };
  },
);
