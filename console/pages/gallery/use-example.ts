import {
  createComponent,
  createWorkflow,
  deleteComponent,
  getOverview,
  getProject,
  listComponents,
  listDestinations,
  listWorkflows,
  type Project,
  type Workflow,
} from '@holdfast/api';
import { workflowBody } from '../../../examples/bodies.ts';
import type { Example } from '../../../examples/index.ts';
import { makeExample } from '../../../examples/make.ts';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { loadPart } from '../../api/load-part.ts';
import { yamlOf } from './example-yaml.tsx';

/** What stands in the form. */
export interface ExampleValues {
  /** By the example's name of a secret: the one that is chosen; `null` leaves it for later. */
  readonly secrets: Readonly<Record<string, string | null>>;
  /** By component: its name. */
  readonly names: Readonly<Record<string, string>>;
  /** By component and option. */
  readonly options: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly workflowName: string;
}

export function valuesOf(example: Example): ExampleValues {
  return {
    secrets: Object.fromEntries(example.secrets.map(({ name }) => [name, null])),
    names: Object.fromEntries(example.components.map(({ key, name }) => [key, name])),
    options: Object.fromEntries(
      example.components.map(({ key, asks, options }) => [key, Object.fromEntries(asks.map((ask) => [ask, String(options[ask] ?? '')]))]),
    ),
    workflowName: example.workflow.name,
  };
}

const CHANGED = [listComponents, listWorkflows, getProject, getOverview, listDestinations];

/** Makes the components and the workflow. Throws ExampleFailure. */
export function useExample(example: Example, project: Project) {
  const component = useCommand(createComponent);
  const remove = useCommand(deleteComponent);
  const workflow = useCommand(createWorkflow, CHANGED);
  return async (values: ExampleValues): Promise<Workflow> => {
    const params = { project: project.id };
    const made = await makeExample(
      example,
      { ...values, secrets: chosenSecrets(values), names: trimmed(values.names) },
      async (components) => ({
        ...workflowBody(example, project.id, components),
        name: values.workflowName.trim(),
        // With its comments.
        yaml: await loadPart(() => yamlOf(example)),
      }),
      {
        createComponent: (body) => component.mutateAsync({ params, body }),
        deleteComponent: (id) => remove.mutateAsync({ params: { ...params, component: id } }),
        createWorkflow: (body) => workflow.mutateAsync({ body }),
      },
    );
    return made.workflow;
  };
}

/** What is left for later keeps the name that the example has for it. */
function chosenSecrets({ secrets }: ExampleValues): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).flatMap(([name, chosen]) => (chosen === null ? [] : [[name, chosen]])));
}

function trimmed(names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, name.trim()]));
}
