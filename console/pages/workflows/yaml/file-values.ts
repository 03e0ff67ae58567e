import { type Component, type ComponentType, ORIGINAL, type Workflow } from '@holdfast/api';
import { freePartName } from '@holdfast/configuration';
import type { WorkflowFile } from '@holdfast/workflow/file';
import { newField, newSource, placeOf, type SourceValues, type StepValues, type WorkflowValues } from '../workflow-values.ts';

/** What stands in the form as a file, and what a file says as the form has it. */

interface Surroundings {
  readonly project: { readonly name: string };
  readonly components: readonly Component[];
  readonly roleOf: (component: Component) => ComponentType['role'] | undefined;
}

/** @param saved whose settings the form does not show. */
export function fileOfValues(
  values: WorkflowValues,
  { project, components, roleOf }: Surroundings,
  saved: Pick<Workflow, 'maximumRuns' | 'kept'> | undefined,
): WorkflowFile {
  const named = (id: string | null) => components.find((component) => component.id === id);
  const sourceNames = new Set(values.sources.flatMap(({ name }) => name.trim().toLowerCase() || []));
  const sources = values.sources.map((source): WorkflowFile['sources'][number] => {
    const connector = named(source.connector)?.name ?? '';
    const from = source.kind === 'upload' ? 'upload' : source.kind === 'folder' ? (source.folder ?? '') : connector;
    const name = source.name.trim() || freePartName(from, sourceNames, 'source');
    sourceNames.add(name.toLowerCase());
    if (source.kind === 'upload') return { name, kind: 'upload' };
    if (source.kind === 'folder') return { name, kind: 'folder', folder: source.folder ?? '' };
    return { name, kind: 'component', component: connector, documents: source.onlyNew ? 'new' : 'all' };
  });
  const stepNames = new Set([ORIGINAL, ...values.steps.flatMap(({ name }) => name.trim().toLowerCase() || [])]);
  const names = new Map<string, string>();
  let made = ORIGINAL;
  const steps = values.steps.map(({ key, componentId, name: given, input, condition, mappedName, fields }) => {
    const component = named(componentId);
    const name = given.trim() || freePartName(component?.name ?? '', stepNames, 'step');
    stepNames.add(name.toLowerCase());
    const takes = input === ORIGINAL ? ORIGINAL : (names.get(input) ?? made);
    names.set(key, name);
    if (component !== undefined && roleOf(component) === 'model') made = name;
    const mapping = {
      ...(mappedName.trim() !== '' && { name: mappedName.trim() }),
      ...(fields.length > 0 && { fields: Object.fromEntries(fields.map((field) => [field.name.trim(), field.expression.trim()])) }),
    };
    return {
      name,
      component: component?.name ?? '',
      input: takes,
      ...(condition.trim() !== '' && { condition: condition.trim() }),
      ...(Object.keys(mapping).length > 0 && { mapping }),
    };
  });
  const { maximumRuns = saved?.maximumRuns, kept = saved?.kept } = values.settings;
  return {
    project: project.name,
    name: values.name.trim(),
    description: values.description,
    ...(maximumRuns !== undefined && { maximumRuns }),
    ...(kept !== undefined && { kept }),
    sources,
    steps,
  };
}

/** @param former what stands in the form: parts that are called the same are the same. */
export function valuesOfFile(file: WorkflowFile, former: WorkflowValues, components: readonly Component[]): WorkflowValues {
  const idOf = (name: string) => components.find((component) => component.name === name)?.id ?? null;
  const keys = new Map<string, string>();
  const steps = file.steps.map(({ name, component, input, condition, mapping }): StepValues => {
    const before = former.steps.find((step) => step.name.trim() === name);
    const key = before?.key ?? crypto.randomUUID();
    const takes = input.toLowerCase() === ORIGINAL ? ORIGINAL : (keys.get(input.toLowerCase()) ?? ORIGINAL);
    keys.set(name.toLowerCase(), key);
    return {
      key,
      componentId: idOf(component),
      name,
      input: takes,
      condition: condition ?? '',
      mappedName: mapping?.name ?? '',
      fields: Object.entries(mapping?.fields ?? {}).map(([field, expression]) => ({
        ...(before?.fields.find((each) => each.name.trim() === field) ?? newField()),
        name: field,
        expression,
      })),
    };
  });
  const sources = file.sources.map((source): SourceValues => {
    const before = former.sources.find((each) => each.name.trim() === source.name);
    const values: SourceValues = {
      ...newSource(source.kind),
      ...(before !== undefined && { key: before.key }),
      name: source.name,
      folder: source.kind === 'folder' ? source.folder : null,
      connector: source.kind === 'component' ? idOf(source.component) : null,
      onlyNew: source.kind !== 'component' || source.documents === 'new',
    };
    return { ...values, namedFor: JSON.stringify(placeOf(values)) };
  });
  const { maximumRuns, kept } = file;
  return {
    ...former,
    name: file.name,
    description: file.description,
    sources,
    steps,
    settings: { ...(maximumRuns !== undefined && { maximumRuns }), ...(kept !== undefined && { kept }) },
  };
}
