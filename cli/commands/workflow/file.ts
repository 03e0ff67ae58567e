import { readFileSync } from 'node:fs';
import { type Component, listComponentTypes, listSourceFolders, type Workflow } from '@holdfast/api';
import { counted } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { FileFault, ReadFile, WorkflowFile } from '@holdfast/workflow/file';
import type { Workplace } from '../../connection.ts';
import { allComponents } from '../../find-component.ts';
import { allWorkflows } from '../../find-workflow.ts';
import { allProjects } from '../../lookup.ts';
import { unreadable } from '../../unreadable.ts';

const FILE_MAXIMUM_BYTES = 1_048_576;

export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw usageError(unreadable(path, error));
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

/** What a file names and the server does not have. */
export interface MissingParts {
  readonly project: boolean;
  /** Names of components. */
  readonly components: readonly string[];
}

interface AroundFile {
  /** `undefined` when its project is not there. */
  readonly surroundings: Surroundings | undefined;
  readonly faults: readonly FileFault[];
  readonly missing: MissingParts;
}

/** Also finds what is wrong with a file that only the server knows. */
export async function readSurroundings(place: Workplace, file: WorkflowFile, placeOf: ReadFile['placeOf']): Promise<AroundFile> {
  const faults: FileFault[] = [];
  const fail = (field: string, detail: string) => faults.push({ ...placeOf(field), field, detail });
  const named = [...new Set([...file.sources, ...file.steps].flatMap((part) => ('component' in part ? [part.component] : [])))];
  const project = (await allProjects(place)).find(({ name }) => name === file.project.normalize('NFC'));
  if (project === undefined) {
    fail('project', `The organization has no project “${file.project}”, or it is not shown to you.`);
    return { surroundings: undefined, faults, missing: { project: true, components: named } };
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
  const known = {
    components: all.map(({ name, type }) => ({ name, role: roles.get(type) })),
    folders: folders.items.map(({ name }) => name),
  };
  const { faultsOfNames } = await import('@holdfast/workflow/names');
  for (const { field, detail } of faultsOfNames(file, known)) fail(field, detail);
  const workflow = workflows.find(({ name }) => name.toLowerCase() === file.name.normalize('NFC').toLowerCase());
  const missing = { project: false, components: named.filter((name) => !components.has(name)) };
  return { surroundings: { projectId: project.id, components, workflow }, faults, missing };
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

/** `file.yaml:3:5  steps.0.name: …`, as editors and CI find the place. */
export function faultInWords(path: string, { line, column, field, detail }: FileFault): string {
  return `${path}:${line}:${column}  ${field === '' ? '' : `${field}: `}${detail}`;
}

const REMEDY = 'Correct what is named, then look again: holdfast workflow check.';

export function refuse(path: string, faults: readonly FileFault[], remedy: string = REMEDY): CommandError {
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
