import {
  type BodyInput,
  type Component,
  type createWorkflow,
  type KeptDays,
  ORIGINAL,
  type Workflow,
  type WorkflowSource,
} from '@holdfast/api';
import { freePartName } from '@holdfast/configuration';
import { renameSource } from '@holdfast/workflow/rename-source';

export interface SourceValues {
  /** Of this form alone. */
  readonly key: string;
  readonly kind: WorkflowSource['kind'];
  /** Empty: made of what it reads when it is saved. */
  readonly name: string;
  readonly folder: string | null;
  readonly connector: string | null;
  readonly onlyNew: boolean;
  /** Where it read from when the YAML named it: the name of the only source is sent while it still does. */
  readonly namedFor?: string;
}

export interface FieldValues {
  /** Of this form alone. */
  readonly key: string;
  readonly name: string;
  /** In CEL. */
  readonly expression: string;
}

export interface StepValues {
  /** Of this form alone: steps move, and others refer to them. */
  readonly key: string;
  readonly componentId: string | null;
  /** Empty: made of the component's name when it is saved. */
  readonly name: string;
  /** `original`, the key of an earlier step, or empty: what the model before it makes, else the original. */
  readonly input: string;
  /** In CEL; empty: every document. */
  readonly condition: string;
  /** In CEL; empty: the name that the document has. */
  readonly mappedName: string;
  /** Of a JSON document in the document's place; none: the document as it is. */
  readonly fields: readonly FieldValues[];
}

export interface WorkflowValues {
  name: string;
  description: string;
  sources: SourceValues[];
  note: string;
  steps: StepValues[];
  /** What the YAML says of the settings that hold at once; the form has them elsewhere. */
  settings: { maximumRuns?: number | undefined; kept?: KeptDays | undefined };
}

export function newSource(kind: SourceValues['kind']): SourceValues {
  return { key: crypto.randomUUID(), kind, name: '', folder: null, connector: null, onlyNew: true };
}

export function newField(): FieldValues {
  return { key: crypto.randomUUID(), name: '', expression: '' };
}

/** Of the draft, if there is one: what was saved last goes on. */
export function valuesOf(workflow: Workflow | undefined, first: StepValues): WorkflowValues {
  const definition = workflow?.draft ?? workflow;
  const keys = new Map(definition?.steps.map((step) => [step.name, step.id]));
  return {
    name: workflow?.name ?? '',
    description: workflow?.description ?? '',
    sources: definition?.sources.map(sourceValuesOf) ?? [newSource('upload')],
    note: '',
    settings: {},
    steps: definition?.steps.map(({ id, name, input, component, condition, mapping }) => ({
      key: id,
      componentId: component.id,
      name,
      input: keys.get(input) ?? ORIGINAL,
      condition: condition ?? '',
      mappedName: mapping?.name ?? '',
      fields: Object.entries(mapping?.fields ?? {}).map(([field, expression]) => ({ ...newField(), name: field, expression })),
    })) ?? [first],
  };
}

function sourceValuesOf(source: WorkflowSource): SourceValues {
  const values = { ...newSource(source.kind), name: source.name };
  if (source.kind === 'folder') return { ...values, folder: source.folder };
  return source.kind === 'component' ? { ...values, connector: source.component.id, onlyNew: source.documents === 'new' } : values;
}

type WorkflowBody = Omit<BodyInput<typeof createWorkflow>, 'projectId'>;

export function bodyOf(values: WorkflowValues, components: readonly Component[]): WorkflowBody {
  const taken = new Set([ORIGINAL, ...values.steps.flatMap(({ name }) => name.trim().toLowerCase() || [])]);
  const names = new Map<string, string>();
  const steps: WorkflowBody['steps'] = [];
  for (const step of values.steps) {
    const { key, componentId, name: given, input, condition } = step;
    if (componentId === null) continue;
    const name = given.trim() || freePartName(components.find(({ id }) => id === componentId)?.name ?? '', taken, 'step');
    taken.add(name.toLowerCase());
    // A step that came in front of the one that it takes from takes what it would by itself.
    const takes = input === ORIGINAL ? ORIGINAL : names.get(input);
    names.set(key, name);
    steps.push({
      componentId,
      name,
      ...(takes !== undefined && { input: takes }),
      ...(condition.trim() !== '' && { condition }),
      ...mappingOf(step),
    });
  }
  // Of the only one the form asks for no name: it keeps the one that it has as long as it reads from the same
  // place.
  const several = values.sources.length > 1;
  const sources = values.sources.map((source) => ({
    ...((several || source.namedFor === JSON.stringify(placeOf(source))) && source.name.trim() !== '' && { name: source.name.trim() }),
    ...placeOf(source),
  }));
  return { name: values.name.trim(), description: values.description, note: values.note, sources, steps, ...values.settings };
}

function mappingOf({ mappedName, fields }: StepValues): Pick<WorkflowBody['steps'][number], 'mapping'> {
  if (mappedName.trim() === '' && fields.length === 0) return {};
  return {
    mapping: {
      ...(mappedName.trim() !== '' && { name: mappedName }),
      ...(fields.length > 0 && { fields: Object.fromEntries(fields.map(({ name, expression }) => [name.trim(), expression])) }),
    },
  };
}

export function placeOf({ kind, folder, connector, onlyNew }: SourceValues): NonNullable<WorkflowBody['sources']>[number] {
  if (kind === 'folder') return { kind, folder: folder ?? '' };
  if (kind === 'component') return { kind, componentId: connector ?? '', documents: onlyNew ? 'new' : 'all' };
  return { kind };
}

/**
 * The step's name, when it is one that was made of this component: another component gives another name.
 */
export function isMadeOf(component: Pick<Component, 'name'> | undefined, name: string): boolean {
  if (component === undefined) return false;
  const base = freePartName(component.name, new Set(), 'step');
  return name === base || (name.startsWith(`${base}-`) && /^[0-9]+$/.test(name.slice(base.length + 1)));
}

/** A source is called otherwise: what steps compare with its name follows. */
export function withRenamedSource(steps: readonly StepValues[], former: string, name: string): StepValues[] {
  const renamed = (text: string) => renameSource(text, former, name);
  return steps.map((step) => ({
    ...step,
    condition: renamed(step.condition),
    mappedName: renamed(step.mappedName),
    fields: step.fields.map((field) => ({ ...field, expression: renamed(field.expression) })),
  }));
}
