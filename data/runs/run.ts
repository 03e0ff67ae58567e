import type { AuditActor } from '@holdfast/audit';

/** A run as it was started: later changes of its workflow do not touch it. */
export interface Run {
  readonly organizationId: string;
  readonly id: string;
  readonly number: number;
  readonly workflowName: string;
  readonly projectName: string;
  readonly source: { readonly kind: 'upload' } | { readonly kind: 'folder'; readonly folder: string };
  readonly steps: readonly { readonly id: string; readonly componentId: string }[];
  readonly startedBy: AuditActor;
}

/** A run's row, with the names of its workflow and project, as `select` gives it. */
export interface RunRow extends Omit<Run, 'source' | 'steps' | 'startedBy'> {
  readonly definition: unknown;
  readonly startedBy: unknown;
}

export function toRun({ organizationId, id, number, workflowName, projectName, definition, startedBy }: RunRow): Run {
  const { source, steps } = definition as Pick<Run, 'source' | 'steps'>;
  return { organizationId, id, number, workflowName, projectName, source, steps, startedBy: toActor(startedBy) };
}

/** Who asked, as the control plane noted it. */
export function toActor(noted: unknown): AuditActor {
  const { id, name } = (noted ?? {}) as { id?: unknown; name?: unknown };
  return { kind: 'member', id: typeof id === 'string' ? id : null, name: typeof name === 'string' ? name : 'unknown' };
}
