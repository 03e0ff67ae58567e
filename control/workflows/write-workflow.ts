import type { Body, createWorkflow } from '@holdfast/api';
import { deleteRows, locking, type Tx } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { componentTypeOf } from '../components/component-types.ts';

type WorkflowBody = Pick<Body<typeof createWorkflow>, 'source' | 'steps'>;

interface Place {
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly projectId: string;
}

/**
 * Throws `invalid_request` for a folder that the operator does not offer, and for a step that cannot be one
 * here.
 */
export async function checkWorkflow(tx: Tx, { organizationId, organizationSlug, projectId }: Place, body: WorkflowBody): Promise<void> {
  if (body.source.kind === 'folder') {
    const folder = await tx
      .selectFrom('source_folder')
      .select('name')
      .where('organization_slug', '=', organizationSlug)
      .where('name', '=', body.source.folder)
      .executeTakeFirst();
    if (folder === undefined) {
      throw invalid(
        [{ field: 'source.folder', detail: 'The operator offers no such folder to this organization.' }],
        'Choose one of the list, or ask the operator to add it to HOLDFAST_SOURCE_FOLDERS.',
      );
    }
  }
  const componentIds = [...new Set(body.steps.map((step) => step.componentId.toLowerCase()))];
  locking(tx, 'component');
  const components = await tx
    .selectFrom('component')
    .select(['id', 'type'])
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('id', 'in', componentIds)
    .forKeyShare()
    .execute();
  const errors = body.steps.flatMap(({ componentId }, position) => {
    const component = components.find((candidate) => candidate.id === componentId.toLowerCase());
    const field = `steps.${position}.componentId`;
    if (component === undefined) return [{ field, detail: 'The project has no such component.' }];
    return componentTypeOf(component.type)?.role === 'publisher' ? [] : [{ field, detail: 'Only a publisher can be a step.' }];
  });
  if (errors.length > 0) throw invalid(errors);
}

export async function writeSteps(tx: Tx, organizationId: string, workflowId: string, steps: WorkflowBody['steps']): Promise<void> {
  await deleteRows(tx, 'workflow_step', organizationId, [workflowId]);
  const rows = steps.map(({ componentId }, position) => ({
    organization_id: organizationId,
    workflow_id: workflowId,
    id: uuidv7(),
    position,
    component_id: componentId.toLowerCase(),
  }));
  await tx.insertInto('workflow_step').values(rows).execute();
}
