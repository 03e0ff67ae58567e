import type { Body, createWorkflow } from '@holdfast/api';
import { locking, type Tx, type WorkflowDefinition } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { componentTypeOf } from '../components/component-types.ts';
import { resolveSources, type SourceBody } from './resolve-sources.ts';
import { resolveSteps } from './resolve-steps.ts';

export type DefinitionBody = Pick<Body<typeof createWorkflow>, 'source' | 'sources' | 'steps'>;

export interface WorkflowPlace {
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly projectId: string;
}

/**
 * What is to be written: the sources and steps with their names, and what each step takes. Keeps the
 * components from being deleted until the transaction ends.
 *
 * @param former what the workflow did before: parts keep their names and ids.
 * @throws HoldfastError `invalid_request` for a folder that the operator does not offer, for a source that is
 *   no connector of the project, and for a step that cannot be one.
 */
export async function checkDefinition(
  tx: Tx,
  place: WorkflowPlace,
  body: DefinitionBody,
  former: WorkflowDefinition | undefined,
): Promise<WorkflowDefinition> {
  const bodies = sourcesOf(body);
  const read = bodies.flatMap((source) => (source.kind === 'component' ? source.componentId.toLowerCase() : []));
  const components = await lockComponents(tx, place, [...read, ...body.steps.map((step) => step.componentId.toLowerCase())]);
  const folders = bodies.some(({ kind }) => kind === 'folder') ? await offeredFolders(tx, place.organizationSlug) : new Set<string>();
  const sources = resolveSources(bodies, { components, folders, former: former?.sources ?? [] }, (index) =>
    body.sources === undefined ? 'source' : `sources.${index}`,
  );
  const steps = resolveSteps(body.steps, components, former?.steps);
  const errors = [...sources.errors, ...steps.errors];
  if (errors.length > 0) throw invalid(errors);
  return { sources: sources.sources, steps: steps.steps };
}

function sourcesOf({ source, sources }: DefinitionBody): readonly SourceBody[] {
  if (source !== undefined && sources !== undefined) {
    throw invalid([{ field: 'source', detail: '“sources” has them all: leave “source” out.' }]);
  }
  const all = sources ?? (source === undefined ? [] : [source]);
  if (all.length === 0) throw invalid([{ field: 'sources', detail: 'Say where the documents come from: add a source.' }]);
  return all;
}

async function lockComponents(tx: Tx, { organizationId, projectId }: WorkflowPlace, ids: readonly string[]) {
  locking(tx, 'component');
  const rows = await tx
    .selectFrom('component')
    .select(['id', 'name', 'type'])
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('id', 'in', [...new Set(ids)])
    .orderBy('id')
    .forKeyShare()
    .execute();
  return rows.map(({ id, name, type }) => ({ id, name, role: componentTypeOf(type)?.role }));
}

async function offeredFolders(tx: Tx, organizationSlug: string): Promise<Set<string>> {
  const rows = await tx.selectFrom('source_folder').select('name').where('organization_slug', '=', organizationSlug).execute();
  return new Set(rows.map(({ name }) => name));
}
