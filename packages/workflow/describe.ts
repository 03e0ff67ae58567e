import type { WorkflowDefinition } from '@holdfast/api';
import type { DescribedDefinition } from './differences.ts';
import type { WorkflowFile } from './file.ts';

/** What a workflow does, in the words that differences are described with. */
export function describedDefinition({ sources, steps }: WorkflowDefinition): DescribedDefinition {
  return {
    sources: sources.map((source) => ({
      name: source.name,
      reads: readsInWords(source.kind === 'component' ? { ...source, component: source.component.name } : source),
    })),
    steps: steps.map(({ name, component, input, condition, mapping }) => ({ name, component: component.name, input, condition, mapping })),
  };
}

/** The same of a file, which names components. */
export function describedFile({ sources, steps }: WorkflowFile): DescribedDefinition {
  return { sources: sources.map((source) => ({ name: source.name, reads: readsInWords(source) })), steps };
}

function readsInWords(source: WorkflowFile['sources'][number]): string {
  if (source.kind === 'upload') return 'uploaded files';
  if (source.kind === 'folder') return `the folder “${source.folder}”`;
  return `${source.documents === 'new' ? 'new documents' : 'all documents'} of ${source.component}`;
}
