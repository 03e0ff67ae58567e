import { HoldfastError, type Workflow } from '@holdfast/api';
import type { Actor, Database, WorkflowSource } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { readComponents } from '../components/read-components.ts';

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
  const steps = await readSteps(
    db,
    organizationId,
    rows.map((row) => row.id),
  );
  return rows.map((row) => {
    const own = steps.get(row.id) ?? [];
    return {
      id: row.id,
      project: { id: row.project_id, name: row.project_name },
      name: row.name,
      description: row.description,
      source: row.source,
      steps: own.map(({ id, component }) => ({
        id,
        component: { id: component.id, name: component.name, type: component.type, broken: component.broken !== null },
      })),
      broken: own.find(({ component }) => component.broken !== null)?.component.broken ?? null,
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

export function workflowNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'The organization has no such workflow.');
}

type Step = { id: string; component: Awaited<ReturnType<typeof readComponents>>[number] };

async function readSteps(db: Kysely<Database>, organizationId: string, workflowIds: readonly string[]): Promise<Map<string, Step[]>> {
  const rows = await db
    .selectFrom('workflow_step')
    .select(['id', 'workflow_id', 'component_id'])
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`workflow_id = any(${workflowIds}::uuid[])`)
    .orderBy('position')
    .execute();
  const componentIds = [...new Set(rows.map((row) => row.component_id))];
  const components = await readComponents(db, organizationId, sql`c.id = any(${componentIds}::uuid[])`, componentIds.length);
  const byId = new Map(components.map((component) => [component.id, component]));
  const steps = new Map<string, Step[]>();
  for (const { id, workflow_id, component_id } of rows) {
    const component = byId.get(component_id);
    if (component !== undefined) steps.set(workflow_id, [...(steps.get(workflow_id) ?? []), { id, component }]);
  }
  return steps;
}
