import type { Workflow, WorkflowSource } from '@holdfast/api';

/** "uploaded files → Invoices container". */
export function stepsInWords(workflow: Pick<Workflow, 'sources' | 'steps'>): string {
  return [workflow.sources.map(sourceInWords).join(' and '), ...workflow.steps.map((step) => step.component.name)].join(' → ');
}

export function sourceInWords(source: WorkflowSource): string {
  if (source.kind === 'upload') return 'uploaded files';
  if (source.kind === 'folder') return `folder “${source.folder}”`;
  return source.documents === 'new' ? `new documents of ${source.component.name}` : source.component.name;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Decimal units, as file managers show them: "12 bytes", "1.5 MB". */
export function sizeInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return `${value} ${value === 1 ? 'byte' : 'bytes'}`;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${UNITS[unit]}`;
}
