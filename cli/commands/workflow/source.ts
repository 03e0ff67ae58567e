import type { Workflow } from '@holdfast/api';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import { repeatable } from '../repeatable.ts';

export function sourceInWords(source: Workflow['source']): string {
  return source.kind === 'upload' ? 'uploaded documents' : `folder ${printable(source.folder)}`;
}

export const UPLOAD_OPTION = ['--upload', 'each run takes documents that are uploaded for it'] as const;
export const FOLDER_OPTION = ['--folder <name>', 'each run takes the documents of this folder on the server'] as const;
export const STEP_OPTION = [
  '--step <component>',
  'a component of the project; several times for several, in their order',
  repeatable,
] as const;

export interface SourceOptions {
  readonly upload?: true;
  readonly folder?: string;
}

/** `undefined` when neither is named. */
export function sourceOf({ upload, folder }: SourceOptions): Workflow['source'] | undefined {
  if (upload && folder !== undefined) throw usageError('A workflow has one source.', 'Name --upload or --folder, not both.');
  if (folder !== undefined) return { kind: 'folder', folder };
  return upload ? { kind: 'upload' } : undefined;
}
