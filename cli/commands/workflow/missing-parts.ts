import type { WorkflowFile } from '@holdfast/workflow/file';
import type { MissingParts } from './file.ts';

/** What makes the project and components that a file names; `undefined` when all are there. */
export async function remedyOfMissing(path: string, file: WorkflowFile, missing: MissingParts): Promise<string | undefined> {
  if (!missing.project && missing.components.length === 0) return undefined;
  const { commandForExample } = await import('../example/find-example.ts');
  const { example, command } = commandForExample(path, file, missing.components) ?? {};
  if (command !== undefined) return `It is the file of the example ${example}. Its components are made with it: ${command}`;
  const inIt = 'a file names components, and holds none of their options';
  return missing.project
    ? `Correct the name, or make the project (holdfast project create) and its components (holdfast component create): ${inIt}.`
    : `Correct the names, or make the components first (holdfast component create): ${inIt}.`;
}
