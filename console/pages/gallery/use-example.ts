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
import type { ExampleValues } from './example-values.ts';
import { yamlOf } from './example-yaml.tsx';

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
