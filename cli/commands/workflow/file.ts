import { readFileSync } from 'node:fs';
import { type Component, listComponentTypes, listSourceFolders, type Workflow } from '@holdfast/api';
import { counted } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { FileFault, ReadFile, WorkflowFile } from '@holdfast/workflow/file';
import type { Workplace } from '../../connection.ts';
import { allComponents, allProjects, allWorkflows } from '../../lookup.ts';

const FILE_MAXIMUM_BYTES = 1_048_576;

export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw usageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
  if (bytes.length > FILE_MAXIMUM_BYTES) throw usageError(`${path} is larger than 1 MiB, which no workflow is.`);
  return bytes.toString('utf8');
}

/** What the server has for a file: its project, its components by name, and the workflow when it is there. */
export interface Surroundings {
  readonly projectId: string;
  readonly components: ReadonlyMap<string, Component>;
  readonly workflow: Workflow | undefined;
}

/** Also finds what is wrong with a file that only the server knows. */
export async function lookAround(
  place: Workplace,
  file: WorkflowFile,
  placeOf: ReadFile['placeOf'],
): Promise<{ readonly surroundings: Surroundings | undefined; readonly faults: readonly FileFault[] }> {
  const faults: FileFault[] = [];
  const fail = (field: string, detail: string) => faults.push({ ...placeOf(field), field, detail });
  const project = (await allProjects(place)).find(({ name }) => name === file.project.normalize('NFC'));
  if (project === undefined) {
    fail('project', `The organization has no project “${file.project}”, or it is not shown to you.`);
    return { surroundings: undefined, faults };
  }
  const { client, slug } = place;
  const [all, types, folders, workflows] = await Promise.all([
    allComponents(place, project.id),
    client.call(listComponentTypes, { params: { organization: slug } }),
    client.call(listSourceFolders, { params: { organization: slug } }),
    allWorkflows(place, project.id),
  ]);
  const components = new Map(all.map((component) => [component.name, component]));
  const roles = new Map(types.items.map(({ type, role }) => [type, role]));
  const checkComponent = (field: string, name: string, isSource: boolean) => {
    const component = components.get(name);
    if (component === undefined) return fail(field, `The project has no component “${name}”.`);
    if ((roles.get(component.type) === 'connector') !== isSource) {
      return fail(field, isSource ? 'Only a connector can be a source.' : 'A connector reads documents in: name it as a source.');
    }
    if (component.broken !== null) fail(field, `“${name}” is broken. ${component.broken.detail} ${component.broken.remedy}`);
    return undefined;
  };
  for (const [index, source] of file.sources.entries()) {
    if (source.kind === 'component') checkComponent(`sources.${index}.component`, source.component, true);
    if (source.kind === 'folder' && !folders.items.some(({ name }) => name === source.folder)) {
      fail(`sources.${index}.folder`, 'The operator offers no such folder to this organization.');
    }
  }
  for (const [index, { component }] of file.steps.entries()) checkComponent(`steps.${index}.component`, component, false);
  const workflow = workflows.find(({ name }) => name.toLowerCase() === file.name.normalize('NFC').toLowerCase());
  return { surroundings: { projectId: project.id, components, workflow }, faults };
}

/** As a file says what the newest version does, or the draft of a workflow without one. */
export function fileOf({
  project,
  name,
  description,
  revision,
  maximumRuns,
  kept,
  sources,
  steps,
}: Pick<Workflow, 'project' | 'name' | 'description' | 'revision' | 'maximumRuns' | 'kept' | 'sources' | 'steps'>): WorkflowFile {
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

/** What of the settings in a file is different from what holds, in sentences; what it leaves out is not. */
export function settingChanges({ maximumRuns, kept }: WorkflowFile, saved: Pick<Workflow, 'maximumRuns' | 'kept'>): string[] {
  const days = (count: number | null) => (count === null ? 'what the organization says' : counted(count, 'day'));
  return [
    ...(maximumRuns === undefined || maximumRuns === saved.maximumRuns
      ? []
      : [`At most ${counted(maximumRuns, 'run')} at once, in place of ${saved.maximumRuns}.`]),
    ...KEPT.flatMap(([what, field]) =>
      kept === undefined || kept[field] === saved.kept[field]
        ? []
        : [
            kept[field] === null
              ? `${what} kept as the organization says, in place of ${days(saved.kept[field])} after the end of a run.`
              : `${what} kept ${days(kept[field])} after the end of a run, in place of ${days(saved.kept[field])}.`,
          ],
    ),
  ];
}

const KEPT = [
  ['Documents are', 'documentDays'],
  ['The log is', 'logDays'],
  ['The run itself is', 'runDays'],
] as const;

/** As the API takes it. Every component is there: see {@link lookAround}. */
export function bodyOfFile({ sources, steps, name, description, maximumRuns, kept }: WorkflowFile, { components }: Surroundings) {
  const idOf = (component: string) => components.get(component)?.id ?? '';
  return {
    name,
    description,
    ...(maximumRuns !== undefined && { maximumRuns }),
    ...(kept !== undefined && { kept }),
    sources: sources.map((source) => {
      if (source.kind !== 'component') return source;
      const { component, ...rest } = source;
      return { ...rest, componentId: idOf(component) };
    }),
    steps: steps.map(({ component, ...step }) => ({ ...step, componentId: idOf(component) })),
  };
}

/** `file.yaml:3:5  steps.0.name: …`, as editors and CI find the place. */
export function faultInWords(path: string, { line, column, field, detail }: FileFault): string {
  return `${path}:${line}:${column}  ${field === '' ? '' : `${field}: `}${detail}`;
}

export function refuse(path: string, faults: readonly FileFault[]): CommandError {
  const remedy = 'Correct what is named, then look again: holdfast workflow check.';
  return new CommandError(faults.map((fault) => faultInWords(path, fault)).join('\n'), {
    code: 'invalid_file',
    remedy,
    details: { faults: faults.map((fault) => ({ file: path, ...fault })) },
  });
}

/** What the server refused, at its place in the file. */
export function faultsOfAnswer(error: unknown, placeOf: ReadFile['placeOf']): FileFault[] {
  const { problem } = error as { problem?: { errors?: readonly { field: string; detail: string }[] } };
  return (problem?.errors ?? []).map(({ field, detail }) => {
    const named = field.replace(/\.componentId$/, '.component');
    return { ...placeOf(named), field: named, detail };
  });
}
