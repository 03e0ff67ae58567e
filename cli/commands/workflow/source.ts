import type { Body, createWorkflow, Workflow } from '@holdfast/api';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { repeatable } from '../repeatable.ts';

type SourceBody = NonNullable<Body<typeof createWorkflow>['source']>;

/** All of them, for one cell. */
export function sourcesInWords({ sources }: Pick<Workflow, 'sources'>): string {
  return sources.map(sourceInWords).join(', ');
}

function sourceInWords(source: Workflow['source']): string {
  if (source.kind === 'upload') return 'uploaded documents';
  if (source.kind === 'folder') return `folder ${printable(source.folder)}`;
  return `${source.documents === 'new' ? 'new documents' : 'documents'} of ${printable(source.component.name)} (${source.component.type})`;
}

export const UPLOAD_OPTION = ['--upload', 'each run takes documents that are uploaded for it'] as const;
export const FOLDER_OPTION = [
  '--folder <name>',
  'each run takes the documents of this folder on the server; several times for several',
  repeatable,
] as const;
export const FROM_OPTION = [
  '--from <component>',
  'each run takes the documents that this connector of the project finds; several times for several',
  repeatable,
] as const;
export const ONLY_NEW_OPTION = ['--only-new', 'with --from: leave out what an earlier run published in the same version'] as const;
export const STEP_OPTION = [
  '--step <component>',
  'a model or publisher of the project; several times for several, in their order',
  repeatable,
] as const;

export interface SourceOptions {
  readonly upload?: true;
  readonly folder?: readonly string[];
  readonly from?: readonly string[];
  readonly onlyNew?: true;
}

/** Whether any is named. */
export function namesSource({ upload, folder, from, onlyNew }: SourceOptions): boolean {
  if (onlyNew && from === undefined) throw usageError('--only-new is about what a connector finds.', 'Add --from with its name.');
  return [upload, folder, from].some((each) => each !== undefined);
}

/** What the options name; see {@link namesSource}. */
export async function sourceBodiesOf(
  place: Workplace,
  { upload, folder = [], from = [], onlyNew }: SourceOptions,
  projectId: string,
): Promise<SourceBody[]> {
  const connectors = await Promise.all(from.map((name) => findComponent(place, name, projectId)));
  return [
    ...(upload ? [{ kind: 'upload' as const }] : []),
    ...folder.map((name) => ({ kind: 'folder' as const, folder: name })),
    ...connectors.map(({ id }) => ({
      kind: 'component' as const,
      componentId: id,
      documents: onlyNew ? ('new' as const) : ('all' as const),
    })),
  ];
}

/** The same source again, for a change of something else. */
export function asBody(source: Workflow['source']): SourceBody {
  if (source.kind !== 'component') return source;
  const { name, kind, component, documents } = source;
  return { name, kind, componentId: component.id, documents };
}
