import { createWorkflow, updateWorkflow, type Workflow } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer, remark } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import { differencesOf } from '@holdfast/workflow';
import type { WorkflowFile } from '@holdfast/workflow/file';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { bodyOfFile, describedFile, faultsOfAnswer, fileOf, lookAround, readText, refuse, type Surroundings } from './file.ts';

interface Options {
  yes?: true;
  dryRun?: true;
  draft?: true;
  note?: string;
}

interface Plan {
  readonly path: string;
  readonly file: WorkflowFile;
  readonly surroundings: Surroundings;
  readonly placeOf: (field: string) => { readonly line: number; readonly column: number };
  readonly changes: readonly string[];
}

export function registerWorkflowApply(workflow: Command): void {
  workflow
    .command('apply')
    .description('make or change workflows as YAML files say')
    .argument('<files...>')
    .option(...YES_OPTION)
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--draft', 'save drafts, and publish nothing')
    .option('--note <text>', 'what is new, in words; of the version')
    .addHelpText('after', '\nFor example:  holdfast workflow apply workflows/*.yaml --dry-run')
    .action(async (files: string[], options: Options, command: Command) => {
      const place = await workplace();
      // All of them, before the first is changed.
      const plans: Plan[] = [];
      for (const path of files) plans.push(await planOf(place, path, options));
      const changing = plans.filter(({ changes }) => changes.length > 0);
      for (const { path, file, changes } of plans) {
        const label = `${printable(file.project)} / ${printable(file.name)}`;
        remark(
          changes.length === 0
            ? `${path}: ${label} is unchanged.`
            : `${path}: ${label}\n${changes.map((each) => `  ${printable(each)}`).join('\n')}`,
        );
      }
      const results = (status: string) =>
        plans.map(({ path, changes }) => ({ file: path, changes, status: changes.length === 0 ? 'unchanged' : status }));
      if (changing.length === 0 || options.dryRun) {
        answer(
          command,
          { workflows: results('would change') },
          changing.length === 0 ? 'Nothing changes.' : 'Nothing was changed: this was a dry run.',
        );
        return;
      }
      if (!options.yes) await confirm(changing.length === 1 ? 'Apply it?' : `Apply these ${changing.length}?`);
      for (const plan of changing) await applyPlan(place, plan, options);
      answer(
        command,
        { workflows: results(options.draft ? 'saved' : 'published') },
        options.draft ? 'Saved as draft.' : 'Saved and published.',
      );
    });
}

async function planOf(place: Workplace, path: string, { draft }: Options): Promise<Plan> {
  const { readWorkflowFile } = await import('@holdfast/workflow/file');
  const { file, faults, placeOf } = readWorkflowFile(readText(path));
  if (file === undefined) throw refuse(path, faults);
  const around = await lookAround(place, file, placeOf);
  // What is broken is applied all the same, as in the console; what is not there cannot be.
  const fatal = around.faults.filter(({ detail }) => !detail.includes('is broken.'));
  if (around.surroundings === undefined || fatal.length > 0) throw refuse(path, fatal);
  return { path, file, surroundings: around.surroundings, placeOf, changes: changesOf(file, around.surroundings.workflow, draft === true) };
}

function changesOf(file: WorkflowFile, saved: Workflow | undefined, draft: boolean): string[] {
  if (saved === undefined) return ['It is new.'];
  const now = fileOf(draft && saved.draft !== null ? { ...saved, ...saved.draft } : saved);
  return [
    ...(now.name === file.name ? [] : [`It is called “${file.name}” in place of “${now.name}”.`]),
    ...(now.description === file.description ? [] : ['It has another description.']),
    ...differencesOf(describedFile(now), describedFile(file)),
    ...(!draft && saved.version === null ? ['Its first version is published.'] : []),
    ...(!draft && saved.draft !== null && saved.version !== null ? ['Its draft is replaced.'] : []),
  ];
}

async function applyPlan(
  { client, slug }: Workplace,
  { path, file, surroundings, placeOf }: Plan,
  { draft, note }: Options,
): Promise<void> {
  const body = { ...bodyOfFile(file, surroundings), publish: draft !== true, ...(note !== undefined && { note }) };
  const { workflow, projectId } = surroundings;
  try {
    if (workflow === undefined) await client.call(createWorkflow, { params: { organization: slug }, body: { projectId, ...body } });
    else await client.call(updateWorkflow, { params: { organization: slug, workflow: workflow.id }, body });
  } catch (error) {
    const faults = faultsOfAnswer(error, placeOf);
    throw faults.length > 0 ? refuse(path, faults) : error;
  }
}
