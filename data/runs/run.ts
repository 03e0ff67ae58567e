import type { AuditActor } from '@holdfast/audit';
import type { WorkflowDefinition } from '@holdfast/db/data';

/** A run as it was started: later changes of its workflow do not touch it. */
export interface Run extends WorkflowDefinition {
  readonly organizationId: string;
  readonly id: string;
  readonly number: number;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly startedBy: AuditActor;
}

/** A run's row, with the names of its workflow and project, as `select` gives it. */
export interface RunRow extends Omit<Run, 'sources' | 'steps' | 'startedBy'> {
  readonly definition: unknown;
  readonly startedBy: unknown;
}

export function toRun({
  organizationId,
  id,
  number,
  workflowId,
  workflowName,
  projectId,
  projectName,
  definition,
  startedBy,
}: RunRow): Run {
  const { sources, steps } = definition as WorkflowDefinition;
  return { organizationId, id, number, workflowId, workflowName, projectId, projectName, sources, steps, startedBy: toActor(startedBy) };
}

/** Who asked, as it was noted then. */
export function toActor(noted: unknown): AuditActor {
  const { kind, id, name } = (noted ?? {}) as { kind?: unknown; id?: unknown; name?: unknown };
  return {
    kind: kind === 'trigger' ? kind : 'member',
    id: typeof id === 'string' ? id : null,
    name: typeof name === 'string' ? name : 'unknown',
  };
}
