import { type Failure, ORIGINAL, type Workflow } from '@holdfast/api';
import { type Actor, type Database, type WorkflowSource, workflowNotFound } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { readComponents } from '../components/read-components.ts';
import { refusalOf } from '../components/refusal-of.ts';
import { readDestinationMode } from '../destinations/read-destinations.ts';

interface WorkflowRow {
  id: string;
  name: string;
  description: string;
  source: WorkflowSource;
  created_at: Date;
  created_by: Actor;
  project_id: string;
  project_name: string;
  last_run: { id: string; status: string; createdAt: string } | null;
  sort_key: string;
}

/** Workflows `w` that fulfil `where`, by name. */
export async function readWorkflows(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Workflow & { sortKey: string })[]> {
  const { rows } = await sql<WorkflowRow>`
    select w.id, w.name, w.description, w.source, w.created_at, w.created_by, p.id as project_id, p.name as project_name,
      lower(w.name) as sort_key,
      (select jsonb_build_object('id', r.id, 'status', r.status,
          'createdAt', to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        from run r where r.organization_id = w.organization_id and r.workflow_id = w.id order by r.sequence desc limit 1) as last_run
    from workflow w join project p on p.organization_id = w.organization_id and p.id = w.project_id
    where w.organization_id = ${organizationId} and ${where}
    order by lower(w.name), w.id
    limit ${limit}`.execute(db);
  const [{ steps, components }, mode] = await Promise.all([readSteps(db, organizationId, rows), readDestinationMode(db, organizationId)]);
  const refusals = new Map([...components].map(([id, component]) => [id, refusalOf(component, mode)]));
  return rows.map((row) => {
    const own = steps.get(row.id) ?? [];
    const source = row.source.kind === 'component' ? components.get(row.source.componentId) : undefined;
    const nameOf = (id: string | null) => own.find((step) => step.id === id)?.name ?? ORIGINAL;
    return {
      id: row.id,
      project: { id: row.project_id, name: row.project_name },
      name: row.name,
      description: row.description,
      source: sourceOf(row.source, source, refusals),
      steps: own.map(({ id, name, input, component }) => ({ id, name, input: nameOf(input), component: shown(component, refusals) })),
      broken: firstOf([...(source === undefined ? [] : [source]), ...own.map(({ component }) => component)], refusals),
      lastRun: row.last_run,
      createdAt: row.created_at.toISOString(),
      createdBy: personOf(row.created_by),
      sortKey: row.sort_key,
    };
  });
}

/** Throws `not_found`. */
export async function readWorkflow(db: Kysely<Database>, organizationId: string, workflowId: string): Promise<Workflow> {
  const [workflow] = await readWorkflows(db, organizationId, sql`w.id = ${workflowId}`, 1);
  if (workflow === undefined) throw workflowNotFound();
  return workflow;
}

type Component = Awaited<ReturnType<typeof readComponents>>[number];

interface Step {
  readonly id: string;
  readonly name: string;
  readonly input: string | null;
  readonly component: Component;
}

/** Why uses of components would be refused, by id. */
type Refusals = ReadonlyMap<string, Failure | null>;

function shown({ id, name, type }: Component, refusals: Refusals) {
  return { id, name, type, broken: firstOf([{ id }], refusals) !== null };
}

function firstOf(components: readonly { readonly id: string }[], refusals: Refusals): Failure | null {
  for (const { id } of components) {
    const refusal = refusals.get(id) ?? null;
    if (refusal !== null) return refusal;
  }
  return null;
}

function sourceOf(source: WorkflowSource, component: Component | undefined, refusals: Refusals): Workflow['source'] {
  if (source.kind !== 'component') return source;
  // A foreign key keeps the component while the workflow reads from it.
  if (component === undefined) throw new Error('The source of a workflow is not there.');
  return { kind: 'component', component: shown(component, refusals), documents: source.documents };
}

/** The steps of each workflow, and every component that they or the sources name. */
async function readSteps(
  db: Kysely<Database>,
  organizationId: string,
  workflows: readonly Pick<WorkflowRow, 'id' | 'source'>[],
): Promise<{ steps: Map<string, Step[]>; components: Map<string, Component> }> {
  const workflowIds = workflows.map(({ id }) => id);
  const rows = await db
    .selectFrom('workflow_step')
    .select(['id', 'workflow_id', 'component_id', 'name', 'input'])
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`workflow_id = any(${workflowIds}::uuid[])`)
    .orderBy('position')
    .execute();
  const sources = workflows.flatMap(({ source }) => (source.kind === 'component' ? [source.componentId] : []));
  const componentIds = [...new Set([...rows.map((row) => row.component_id), ...sources])];
  const found = await readComponents(db, organizationId, sql`c.id = any(${componentIds}::uuid[])`, componentIds.length);
  const components = new Map(found.map((component) => [component.id, component]));
  const steps = new Map<string, Step[]>();
  for (const { id, workflow_id, component_id, name, input } of rows) {
    const component = components.get(component_id);
    if (component !== undefined) steps.set(workflow_id, [...(steps.get(workflow_id) ?? []), { id, name, input, component }]);
  }
  return { steps, components };
}
