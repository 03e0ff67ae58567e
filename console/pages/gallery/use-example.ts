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
import { componentBody, workflowBody } from '../../../examples/bodies.ts';
import type { Example } from '../../../examples/index.ts';
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

/** Where the server's answer belongs: a component's key, or the workflow. */
export class ExampleFailure extends Error {
  readonly of: string;

  constructor(of: string, cause: unknown) {
    super('The example could not be made.', { cause });
    this.of = of;
  }
}

const CHANGED = [listComponents, listWorkflows, getProject, getOverview, listDestinations];

/**
 * Makes the components and the workflow. When one of them is refused, those that were made before it are
 * deleted again. Throws ExampleFailure.
 */
export function useExample(example: Example, project: Project) {
  const component = useCommand(createComponent);
  const remove = useCommand(deleteComponent);
  const workflow = useCommand(createWorkflow, CHANGED);
  return async (values: ExampleValues): Promise<Workflow> => {
    const params = { project: project.id };
    const ids: Record<string, string> = {};
    const secrets = Object.fromEntries(
      Object.entries(values.secrets).flatMap(([name, chosen]) => (chosen === null ? [] : [[name, chosen]])),
    );
    const chosen = { secrets, options: values.options };
    let at = '';
    try {
      for (const each of example.components) {
        at = each.key;
        const name = values.names[each.key]?.trim() ?? each.name;
        // What is left for later is named all the same, so that the component can say what it misses.
        const body = { ...componentBody(each, chosen), name, missingSecrets: 'keep' as const };
        ids[each.key] = (await component.mutateAsync({ params, body })).id;
      }
      at = WORKFLOW;
      // With its comments.
      const yaml = await loadPart(() => yamlOf(example));
      const body = { ...workflowBody(example, project.id, ids), name: values.workflowName.trim(), ...(yaml !== undefined && { yaml }) };
      return await workflow.mutateAsync({ body });
    } catch (error) {
      for (const id of Object.values(ids).reverse())
        await remove.mutateAsync({ params: { ...params, component: id } }).catch(() => undefined);
      throw new ExampleFailure(at, error);
    }
  };
}

/** No component's key has a space. */
export const WORKFLOW = 'the workflow';
