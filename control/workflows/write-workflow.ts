import type { Body, createWorkflow } from '@holdfast/api';
import { deleteRows, locking, type Tx, type WorkflowSource } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { componentTypeOf } from '../components/component-types.ts';
import { type FieldError, type ResolvedStep, resolveSteps, type StepComponent } from './resolve-steps.ts';

type WorkflowBody = Pick<Body<typeof createWorkflow>, 'source' | 'steps'>;

interface Place {
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly projectId: string;
}

/**
 * What is to be written: the source, and the steps with their names and inputs.
 *
 * Throws `invalid_request` for a folder that the operator does not offer, for a source that is no connector
 * of the project, and for a step that cannot be one.
 */
export async function checkWorkflow(
  tx: Tx,
  { organizationId, organizationSlug, projectId }: Place,
  body: WorkflowBody,
): Promise<{ source: WorkflowSource; steps: readonly ResolvedStep[] }> {
  const { source } = body;
  if (source.kind === 'folder') await requireFolder(tx, organizationSlug, source.folder);
  const sourceId = source.kind === 'component' ? source.componentId.toLowerCase() : undefined;
  const ids = new Set(body.steps.map((step) => step.componentId.toLowerCase()));
  if (sourceId !== undefined) ids.add(sourceId);
  locking(tx, 'component');
  const rows = await tx
    .selectFrom('component')
    .select(['id', 'name', 'type'])
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('id', 'in', [...ids])
    .forKeyShare()
    .execute();
  const components = rows.map(({ id, name, type }) => ({ id, name, role: componentTypeOf(type)?.role }));
  const { steps, errors } = resolveSteps(body.steps, components);
  const sourceErrors = sourceId === undefined ? [] : sourceErrorsOf(components.find(({ id }) => id === sourceId));
  if (sourceErrors.length + errors.length > 0) throw invalid([...sourceErrors, ...errors]);
  return { source: source.kind === 'component' ? { ...source, componentId: source.componentId.toLowerCase() } : source, steps };
}

function sourceErrorsOf(component: StepComponent | undefined): FieldError[] {
  const field = 'source.componentId';
  if (component === undefined) return [{ field, detail: 'The project has no such component.' }];
  return component.role === 'connector' ? [] : [{ field, detail: 'Only a connector can be a source.' }];
}

async function requireFolder(tx: Tx, organizationSlug: string, name: string): Promise<void> {
  const folder = await tx
    .selectFrom('source_folder')
    .select('name')
    .where('organization_slug', '=', organizationSlug)
    .where('name', '=', name)
    .executeTakeFirst();
  if (folder !== undefined) return;
  throw invalid(
    [{ field: 'source.folder', detail: 'The operator offers no such folder to this organization.' }],
    'Choose one of the list, or ask the operator to add it to HOLDFAST_SOURCE_FOLDERS.',
  );
}

export async function writeSteps(tx: Tx, organizationId: string, workflowId: string, steps: readonly ResolvedStep[]): Promise<void> {
  await deleteRows(tx, 'workflow_step', organizationId, [workflowId]);
  const rows = steps.map(({ id, componentId, name, input }, position) => ({
    organization_id: organizationId,
    workflow_id: workflowId,
    id,
    position,
    component_id: componentId,
    name,
    input,
  }));
  await tx.insertInto('workflow_step').values(rows).execute();
}
