import { type BodyInput, type createComponent, type createWorkflow, ORIGINAL } from '@holdfast/api';
import { freePartName, referenceTo } from '@holdfast/configuration';
import type { WorkflowFile } from '@holdfast/workflow/file';
import type { Example, ExampleComponent } from './example.ts';

/** What somebody has chosen in place of what stands in the example. */
export interface Chosen {
  /** By component: what it is called. */
  readonly names?: Readonly<Record<string, string>>;
  /** By the example's name of a secret: the name of the one that is used. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** By component and option. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, string | boolean | number>>>>;
}

/** The component as the API takes it. */
export function componentBody(
  component: ExampleComponent,
  { names = {}, secrets = {}, options = {} }: Chosen,
): BodyInput<typeof createComponent> {
  const { key, name, type } = component;
  const references = Object.entries(component.secrets).map(([option, secret]) => [option, referenceTo(secrets[secret] ?? secret)]);
  return { name: names[key] ?? name, type, configuration: { ...component.options, ...options[key], ...Object.fromEntries(references) } };
}

/** The workflow as the API takes it. `made`: its components, by their keys. */
export function workflowBody(
  { description, workflow: { name, source, steps } }: Example,
  projectId: string,
  made: ReadonlyMap<string, { readonly id: string }>,
): BodyInput<typeof createWorkflow> {
  const idOf = (key: string) => {
    const id = made.get(key)?.id;
    if (id === undefined) throw new TypeError(`The example has no component “${key}”.`);
    return id;
  };
  return {
    projectId,
    name,
    description,
    source: source.kind === 'upload' ? source : { kind: 'component', componentId: idOf(source.component) },
    steps: steps.map((key) => ({ componentId: idOf(key), name: key })),
  };
}

/** The workflow as a file: see workflow.yaml of each example, which has comments too. */
export function fileOfExample(
  { title, description, components, workflow: { name, source, steps } }: Example,
  names: Readonly<Record<string, string>> = {},
): WorkflowFile {
  const nameOf = (key: string) => names[key] ?? components.find((component) => component.key === key)?.name ?? key;
  const models = new Set(components.flatMap(({ key, type }) => (type.endsWith('-model') ? key : [])));
  return {
    project: title,
    name,
    description,
    sources:
      source.kind === 'upload'
        ? [{ name: 'upload', kind: 'upload' }]
        : [
            {
              name: freePartName(nameOf(source.component), new Set(), 'source'),
              kind: 'component',
              component: nameOf(source.component),
              documents: 'all',
            },
          ],
    // As the API says it when nobody does: what the last model makes, else the original.
    steps: steps.map((key, index) => ({
      name: key,
      component: nameOf(key),
      input: steps.slice(0, index).findLast((earlier) => models.has(earlier)) ?? ORIGINAL,
    })),
  };
}
