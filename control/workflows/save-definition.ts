import { isDeepStrictEqual } from 'node:util';
import { workflowDigest } from '@holdfast/audit';
import { type Actor, deleteRows, type PublishedVersion, type Tx, type WorkflowDefinition } from '@holdfast/db/control';
import { sql } from 'kysely';
import type { AuditEntry } from '../audit/record.ts';

interface Saved {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly projectName: string;
  /** The newest version; `undefined` while there is none. */
  readonly published: PublishedVersion | undefined;
}

interface SaveOptions {
  /** Makes a version of it, unless the newest one says the same. */
  readonly publish: boolean;
  readonly note: string;
  readonly actor: Actor;
}

/**
 * Writes what a workflow is to do, as its draft or as its next version, and which components it uses from now
 * on.
 *
 * @returns what goes on the record, when a version was made.
 */
export async function saveDefinition(
  tx: Tx,
  { organizationId, id, name, projectName, published }: Saved,
  definition: WorkflowDefinition,
  { publish, note, actor }: SaveOptions,
): Promise<AuditEntry[]> {
  const isNew = published === undefined || !definitionsEqual(published.definition, definition);
  const makesVersion = isNew && publish;
  await tx
    .updateTable('workflow')
    .set(
      isNew && !publish
        ? { draft: JSON.stringify(definition), draft_saved_at: sql<Date>`now()`, draft_saved_by: actor }
        : { draft: null, draft_saved_at: null, draft_saved_by: null },
    )
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
  const running = makesVersion ? definition : published?.definition;
  await keepComponents(tx, organizationId, id, [definition, ...(running === undefined ? [] : [running])]);
  if (!makesVersion) return [];
  const number = (published?.number ?? 0) + 1;
  await tx
    .insertInto('workflow_version')
    .values({
      organization_id: organizationId,
      workflow_id: id,
      number,
      definition: JSON.stringify(definition),
      components: JSON.stringify(await componentNames(tx, organizationId, componentsOf(definition))),
      note,
      published_by: actor,
    })
    .execute();
  return [
    {
      action: 'workflow.publish',
      target: { kind: 'workflow', id, name },
      context: { project: projectName },
      detail: { version: number, definition: workflowDigest(id, definition), ...(note !== '' && { note }) },
    },
  ];
}

/** Ids aside: a step that was removed and added again is the same step. */
export function definitionsEqual(one: WorkflowDefinition, other: WorkflowDefinition): boolean {
  return isDeepStrictEqual(withoutIds(one), withoutIds(other));
}

function withoutIds({ sources, steps }: WorkflowDefinition) {
  const nameOf = (id: string | null) => steps.find((step) => step.id === id)?.name ?? null;
  return { sources, steps: steps.map(({ id: _, ...step }) => ({ ...step, input: nameOf(step.input) })) };
}

export function componentsOf({ sources, steps }: WorkflowDefinition): string[] {
  const read = sources.flatMap((source) => (source.kind === 'component' ? source.componentId : []));
  return [...new Set([...read, ...steps.map(({ componentId }) => componentId)])];
}

/** The one author of which components a workflow uses. */
async function keepComponents(
  tx: Tx,
  organizationId: string,
  workflowId: string,
  definitions: readonly WorkflowDefinition[],
): Promise<void> {
  await deleteRows(tx, 'workflow_component', organizationId, [workflowId]);
  const ids = new Set(definitions.flatMap(componentsOf));
  await tx
    .insertInto('workflow_component')
    .values([...ids].map((component_id) => ({ organization_id: organizationId, workflow_id: workflowId, component_id })))
    .execute();
}

async function componentNames(tx: Tx, organizationId: string, ids: readonly string[]) {
  const rows = await tx
    .selectFrom('component')
    .select(['id', 'name', 'type'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  return Object.fromEntries(rows.map(({ id, name, type }) => [id, { name, type }]));
}
