import type { Run } from './endpoints/runs.ts';

/** Who started a run, after “by”: a person's name, or which trigger of the workflow. */
export function starterInWords({ kind, name }: Run['startedBy']): string {
  return kind === 'trigger' ? `the trigger “${name}”` : name;
}
