import type { BodyInput, Component, createComponent, createWorkflow, Workflow } from '@holdfast/api';
import { type Chosen, componentBody } from './bodies.ts';
import type { Example } from './example.ts';

/** Changes the organization: with the SDK, or as the console calls its endpoints. */
export interface MakeCalls {
  readonly createComponent: (body: BodyInput<typeof createComponent>) => Promise<Component>;
  readonly deleteComponent: (id: string) => Promise<unknown>;
  readonly createWorkflow: (body: BodyInput<typeof createWorkflow>) => Promise<Workflow>;
}

/** Stands for the workflow where a component's key could: no key has a space. */
export const WORKFLOW = 'the workflow';

/** Where the refusal, its cause, belongs: a component's key, or WORKFLOW. */
export class ExampleFailure extends Error {
  readonly of: string;

  constructor(of: string, cause: unknown) {
    super('The example could not be made.', { cause });
    this.of = of;
  }
}

/**
 * Makes the components of an example and its workflow. When one of them is refused, those that were made
 * before it are deleted again. A secret that is not there is named all the same, so that the component can
 * say what it misses.
 *
 * @param workflowOf the workflow, given its components by their keys.
 * @throws {ExampleFailure}
 */
export async function makeExample(
  example: Example,
  chosen: Chosen,
  workflowOf: (components: ReadonlyMap<string, Component>) => BodyInput<typeof createWorkflow> | Promise<BodyInput<typeof createWorkflow>>,
  calls: MakeCalls,
): Promise<{ readonly components: ReadonlyMap<string, Component>; readonly workflow: Workflow }> {
  const components = new Map<string, Component>();
  let at = '';
  try {
    for (const component of example.components) {
      at = component.key;
      components.set(at, await calls.createComponent({ ...componentBody(component, chosen), missingSecrets: 'keep' }));
    }
    at = WORKFLOW;
    return { components, workflow: await calls.createWorkflow(await workflowOf(components)) };
  } catch (error) {
    for (const { id } of [...components.values()].reverse()) await calls.deleteComponent(id).catch(() => undefined);
    throw new ExampleFailure(at, error);
  }
}
