import type { AuditActor } from '@holdfast/audit';
import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

/** A run as it was started: later changes of its workflow do not touch it. */
export interface Run {
  readonly organizationId: string;
  readonly id: string;
  readonly number: number;
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly workflowId: string;
  readonly workflowName: string;
  readonly projectName: string;
  readonly source: { readonly kind: 'upload' } | { readonly kind: 'folder'; readonly folder: string };
  readonly steps: readonly { readonly id: string; readonly componentId: string }[];
  readonly startedBy: AuditActor;
}

export async function loadRun(db: Kysely<Database>, organizationId: string, runId: string): Promise<Run | undefined> {
  const row = await db
    .selectFrom('run')
    .innerJoin('workflow', (join) =>
      join.onRef('workflow.organization_id', '=', 'run.organization_id').onRef('workflow.id', '=', 'run.workflow_id'),
    )
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'run.organization_id').onRef('project.id', '=', 'run.project_id'),
    )
    .select(['run.id', 'run.number', 'run.status', 'run.workflow_id', 'run.definition', 'run.started_by'])
    .select(['workflow.name as workflow_name', 'project.name as project_name'])
    .where('run.organization_id', '=', organizationId)
    .where('run.id', '=', runId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const definition = row.definition as Pick<Run, 'source' | 'steps'>;
  return {
    organizationId,
    id: row.id,
    number: row.number,
    status: row.status as Run['status'],
    workflowId: row.workflow_id,
    workflowName: row.workflow_name,
    projectName: row.project_name,
    source: definition.source,
    steps: definition.steps,
    startedBy: toActor(row.started_by),
  };
}

/** Who asked, as the control plane noted it. */
export function toActor(noted: unknown): AuditActor {
  const { id, name } = (noted ?? {}) as { id?: unknown; name?: unknown };
  return { kind: 'member', id: typeof id === 'string' ? id : null, name: typeof name === 'string' ? name : 'unknown' };
}
