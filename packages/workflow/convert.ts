import type { BodyInput, createWorkflow, Workflow } from '@holdfast/api';
import type { WorkflowFile } from './file.ts';

type Written = Pick<Workflow, 'project' | 'name' | 'description' | 'revision' | 'maximumRuns' | 'kept' | 'sources' | 'steps'>;

/** As a file says what the newest version does, or the draft of a workflow without one. */
export function fileOf({ project, name, description, revision, maximumRuns, kept, sources, steps }: Written): WorkflowFile {
  return {
    project: project.name,
    name,
    description,
    revision,
    maximumRuns,
    kept,
    sources: sources.map((source) => (source.kind === 'component' ? { ...source, component: source.component.name } : source)),
    steps: steps.map(({ id: _, component, ...step }) => ({ ...step, component: component.name })),
  };
}

/**
 * As the API takes it.
 *
 * @param idOf of a component, by its name; whether all are there is looked at before: see faultsOfNames.
 */
export function bodyOfFile(
  { sources, steps, name, description, maximumRuns, kept }: WorkflowFile,
  idOf: (component: string) => string | undefined,
): Omit<BodyInput<typeof createWorkflow>, 'projectId'> {
  return {
    name,
    description,
    ...(maximumRuns !== undefined && { maximumRuns }),
    ...(kept !== undefined && { kept }),
    sources: sources.map((source) => {
      if (source.kind !== 'component') return source;
      const { component, ...rest } = source;
      return { ...rest, componentId: idOf(component) ?? '' };
    }),
    steps: steps.map(({ component, ...step }) => ({ ...step, componentId: idOf(component) ?? '' })),
  };
}
