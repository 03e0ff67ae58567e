import { join, resolve } from 'node:path';
import { usageError } from '@holdfast/terminal/report';
import type { ReadFile, WorkflowFile } from '@holdfast/workflow/file';
import { EXAMPLES, type Example } from '../../../examples/index.ts';
import { readText, refuse } from '../workflow/file.ts';

export const EXAMPLE_ARGUMENT = ['<example>', 'its name, or the path of its workflow.yaml, which may be a changed copy'] as const;

export interface FoundExample {
  readonly example: Example;
  /** Of its workflow as a file. */
  readonly path: string;
  /** As it is kept with the workflow, for its comments. */
  readonly yaml: string;
  readonly file: WorkflowFile;
  /** By key: what the file calls each component. */
  readonly names: Readonly<Record<string, string>>;
  readonly placeOf: ReadFile['placeOf'];
}

/** By its name, or by a file that has its steps: their names say which component each of them needs. */
export async function findExample(nameOrPath: string): Promise<FoundExample> {
  const { readWorkflowFile, withoutRevision } = await import('@holdfast/workflow/file');
  const named = EXAMPLES.find(({ name }) => name === nameOrPath);
  if (named === undefined && !/[./]/.test(nameOrPath)) {
    throw usageError(`There is no example “${nameOrPath}”.`, `One of: ${EXAMPLES.map(({ name }) => name).join(', ')}.`);
  }
  const path = named === undefined ? nameOrPath : shippedFile(named);
  const text = readText(path);
  const { file, faults, placeOf } = readWorkflowFile(text);
  if (file === undefined) throw refuse(path, faults);
  for (const example of named === undefined ? EXAMPLES : [named]) {
    const names = namesIn(file, example);
    if (names !== undefined) return { example, path, yaml: withoutRevision(text), file, names, placeOf };
  }
  throw usageError(
    `${path} is not of an example: none has its source and steps.`,
    'A workflow whose components are in its project already is made by holdfast workflow apply.',
  );
}

/**
 * The command that makes the components of a file with its workflow: when what is missing is what its example
 * has.
 */
export function commandForExample(
  path: string,
  file: WorkflowFile,
  missing: readonly string[],
): { readonly example: string; readonly command: string } | undefined {
  for (const example of EXAMPLES) {
    const names = Object.values(namesIn(file, example) ?? {});
    const hasItsWords = example.components.some(({ name }) => names.includes(name));
    if (!hasItsWords || names.length !== missing.length || !names.every((name) => missing.includes(name))) continue;
    const what = resolve(path) === shippedFile(example) ? example.name : path;
    return { example: example.name, command: `holdfast example create ${/^[\w./-]+$/.test(what) ? what : JSON.stringify(what)}` };
  }
  return undefined;
}

/** What the file calls the components of the example; `undefined` when it has not all of them. */
function namesIn({ sources, steps }: WorkflowFile, { components, workflow }: Example): Record<string, string> | undefined {
  const { source } = workflow;
  const names = components.map(({ key }) => {
    if (source.kind !== 'component' || source.component !== key) return steps.find(({ name }) => name === key)?.component;
    const [first] = sources;
    return first?.kind === 'component' ? first.component : undefined;
  });
  if (source.kind === 'upload' && !sources.some(({ kind }) => kind === 'upload')) return undefined;
  if (names.includes(undefined)) return undefined;
  return Object.fromEntries(components.map(({ key }, index) => [key, names[index] ?? '']));
}

function shippedFile({ name }: Example): string {
  return join(import.meta.dirname, '../../../examples', name, 'workflow.yaml');
}
