import { type BodyInput, type Component, type createWorkflow, ORIGINAL, type Workflow } from '@holdfast/api';
import { freePartName } from '@holdfast/configuration';

export interface StepValues {
  /** Of this form alone: steps move, and others refer to them. */
  readonly key: string;
  readonly componentId: string | null;
  /** `undefined`: made of the component's name when it is saved. */
  readonly name: string | undefined;
  /** `original`, the key of an earlier step, or empty: what the model before it makes, else the original. */
  readonly input: string;
}

export interface WorkflowValues {
  name: string;
  description: string;
  source: Workflow['source']['kind'];
  folder: string | null;
  connector: string | null;
  onlyNew: boolean;
  steps: StepValues[];
}

export function valuesOf(workflow: Workflow | undefined, first: StepValues): WorkflowValues {
  const source = workflow?.source;
  const keys = new Map(workflow?.steps.map((step) => [step.name, step.id]));
  return {
    name: workflow?.name ?? '',
    description: workflow?.description ?? '',
    source: source?.kind ?? 'upload',
    folder: source?.kind === 'folder' ? source.folder : null,
    connector: source?.kind === 'component' ? source.component.id : null,
    onlyNew: source?.kind === 'component' ? source.documents === 'new' : true,
    steps: workflow?.steps.map(({ id, name, input, component }) => ({
      key: id,
      componentId: component.id,
      name,
      input: keys.get(input) ?? ORIGINAL,
    })) ?? [first],
  };
}

type WorkflowBody = Omit<BodyInput<typeof createWorkflow>, 'projectId'>;

export function bodyOf(values: WorkflowValues, components: readonly Component[]): WorkflowBody {
  const taken = new Set([ORIGINAL, ...values.steps.flatMap(({ name }) => name?.toLowerCase() ?? [])]);
  const names = new Map<string, string>();
  const steps: WorkflowBody['steps'] = [];
  for (const { key, componentId, name: given, input } of values.steps) {
    if (componentId === null) continue;
    const name = given ?? freePartName(components.find(({ id }) => id === componentId)?.name ?? '', taken, 'step');
    taken.add(name.toLowerCase());
    // A step that came in front of the one that it takes from takes what it would by itself.
    const takes = input === ORIGINAL ? ORIGINAL : names.get(input);
    names.set(key, name);
    steps.push({ componentId, name, ...(takes !== undefined && { input: takes }) });
  }
  return { name: values.name.trim(), description: values.description, source: sourceOf(values), steps };
}

function sourceOf({ source, folder, connector, onlyNew }: WorkflowValues): NonNullable<WorkflowBody['source']> {
  if (source === 'folder') return { kind: 'folder', folder: folder ?? '' };
  if (source === 'component') return { kind: 'component', componentId: connector ?? '', documents: onlyNew ? 'new' : 'all' };
  return { kind: 'upload' };
}
