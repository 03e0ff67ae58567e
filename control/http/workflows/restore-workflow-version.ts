import { restoreWorkflowVersion } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { countChange, lockForChange } from '../../workflows/change-workflow.ts';
import { checkDefinition } from '../../workflows/check-definition.ts';
import { bodyOfDefinition, requireVersion } from '../../workflows/read-versions.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveDefinition } from '../../workflows/save-definition.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

/** What it names is checked as if somebody wrote it now: a component may be gone. */
export const restoreWorkflowVersionHandler = implement(
  restoreWorkflowVersion,
  async ({ caller, headers, organization, origin, params, reply }, { db }) => {
    await transaction(db, async (tx) => {
      const workflow = await lockForChange(tx, organization.id, params.workflow);
      const { id, name, projectId, projectName } = workflow;
      const { number, definition } = await requireVersion(tx, organization.id, id, Number(params.number));
      const place = { organizationId: organization.id, organizationSlug: organization.slug, projectId };
      const checked = await checkDefinition(tx, place, bodyOfDefinition(definition), definition);
      const actor = actorOf(caller);
      await countChange(tx, workflow, actor, headers['if-match']);
      await saveDefinition(tx, workflow, checked, { publish: false, note: '', actor });
      const target = { kind: 'workflow', id, name };
      const entry = { action: 'workflow.restore-version' as const, target, context: { project: projectName }, detail: { version: number } };
      await record(tx, organization.id, { caller, origin }, entry);
    });
    const changed = await readWorkflow(db, organization.id, params.workflow);
    tagRevision(reply, changed);
    return { status: 200, body: changed };
  },
);
