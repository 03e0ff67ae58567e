import { ORIGINAL, type RunItem } from '@holdfast/api';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';

export interface KeptDocument {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** The document of the run that it is, or was made of. */
  readonly item: string;
  /** That made it; `original`: as it was uploaded. */
  readonly step: string;
}

interface Found {
  readonly documents: readonly KeptDocument[];
  /** That were there. */
  readonly removed: number;
  /** That the API does not name. */
  readonly unlisted: number;
}

/** What a run keeps, by the names of documents and steps. Throws a usage error for a name that it has not. */
export function keptDocuments(
  items: readonly RunItem[],
  { item: names, step: steps }: { readonly item?: readonly string[]; readonly step?: readonly string[] },
): Found {
  for (const name of names ?? []) {
    if (!items.some((item) => item.name === name))
      throw usageError(`The run has no document “${printable(name)}”.`, 'holdfast run items shows them.');
  }
  const known = [...new Set([ORIGINAL, ...items.flatMap((item) => item.steps.flatMap(({ name, made }) => (made === null ? [] : name)))])];
  for (const step of steps ?? []) {
    if (!known.includes(step))
      throw usageError(`No step “${printable(step)}” has made a document in this run.`, `There is ${known.join(', ')}.`);
  }
  const chosen = items.filter(({ name }) => names === undefined || names.includes(name));
  const all = chosen.flatMap(({ name, size, documentId, steps: done }) => [
    { id: documentId, name, size, item: name, step: ORIGINAL },
    ...done.flatMap((step) => step.results.map((result) => ({ ...result, item: name, step: step.name }))),
  ]);
  const wanted = all.filter(({ step }) => steps === undefined || steps.includes(step));
  const documents = wanted.flatMap(({ id, ...document }) => (id === null ? [] : [{ id, ...document }]));
  const unlisted = chosen
    .flatMap((item) => item.steps)
    .filter(({ name }) => steps === undefined || steps.includes(name))
    .reduce((sum, { made, results }) => sum + Math.max(0, (made ?? 0) - results.length), 0);
  // An original that was never uploaded was never here.
  const removed = wanted.filter(({ id, step }) => id === null && step !== ORIGINAL).length;
  return { documents, removed, unlisted };
}
