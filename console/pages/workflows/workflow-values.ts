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
  /** In CEL; empty: every document. */
  readonly condition: string;
  /** Kept as it is. */
  readonly mapping: Workflow['steps'][number]['mapping'];
}

export interface WorkflowValues {
  name: string;
  description: string;
  source: Workflow['source']['kind'];
  folder: string | null;
  connector: string | null;
  onlyNew: boolean;
  /** Sources beyond the first, kept as they are. */
  otherSources: Workflow['sources'];
  /** Of the first. */
  sourceName: string | undefined;
  note: string;
  steps: StepValues[];
}

/** Of the draft, if there is one: what was saved last goes on. */
export function valuesOf(workflow: Workflow | undefined, first: StepValues): WorkflowValues {
  const definition = workflow?.draft ?? workflow;
  const [source, ...otherSources] = definition?.sources ?? [];
  const keys = new Map(definition?.steps.map((step) => [step.name, step.id]));
  return {
    name: workflow?.name ?? '',
    description: workflow?.description ?? '',
    source: source?.kind ?? 'upload',
    folder: source?.kind === 'folder' ? source.folder : null,
    connector: source?.kind === 'component' ? source.component.id : null,
    onlyNew: source?.kind === 'component' ? source.documents === 'new' : true,
    otherSources,
    sourceName: source?.name,
    note: '',
    steps: definition?.steps.map(({ id, name, input, component, condition, mapping }) => ({
      key: id,
      componentId: component.id,
      name,
      input: keys.get(input) ?? ORIGINAL,
      condition: condition ?? '',
      mapping,
    })) ?? [first],
  };
}

type WorkflowBody = Omit<BodyInput<typeof createWorkflow>, 'projectId'>;

export function bodyOf(values: WorkflowValues, components: readonly Component[]): WorkflowBody {
  const taken = new Set([ORIGINAL, ...values.steps.flatMap(({ name }) => name?.toLowerCase() ?? [])]);
  const names = new Map<string, string>();
  const steps: WorkflowBody['steps'] = [];
  for (const { key, componentId, name: given, input, condition, mapping } of values.steps) {
    if (componentId === null) continue;
    const name = given ?? freePartName(components.find(({ id }) => id === componentId)?.name ?? '', taken, 'step');
    taken.add(name.toLowerCase());
    // A step that came in front of the one that it takes from takes what it would by itself.
    const takes = input === ORIGINAL ? ORIGINAL : names.get(input);
    names.set(key, name);
    steps.push({
      componentId,
      name,
      ...(takes !== undefined && { input: takes }),
      ...(condition.trim() !== '' && { condition }),
      ...(mapping && { mapping }),
    });
  }
  return { name: values.name.trim(), description: values.description, note: values.note, sources: sourcesOf(values), steps };
}

type SourceBody = NonNullable<WorkflowBody['source']>;

function sourcesOf(values: WorkflowValues): SourceBody[] {
  const others = values.otherSources.map((source): SourceBody => {
    if (source.kind !== 'component') return source;
    const { component, ...rest } = source;
    return { ...rest, componentId: component.id };
  });
  return [sourceOf(values), ...others];
}

function sourceOf({ source, folder, connector, onlyNew }: WorkflowValues): SourceBody {
  if (source === 'folder') return { kind: 'folder', folder: folder ?? '' };
  if (source === 'component') return { kind: 'component', componentId: connector ?? '', documents: onlyNew ? 'new' : 'all' };
  return { kind: 'upload' };
}
