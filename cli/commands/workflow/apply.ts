import { createWorkflow, getSession, getWorkflow, updateWorkflow, type Workflow, type WrittenWorkflow } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer, fullMoment, remark } from '@holdfast/terminal/output';
import { CommandError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import { describedFile, differencesOf } from '@holdfast/workflow';
import { bodyOfFile, fileOf } from '@holdfast/workflow/convert';
import type { FileFault, WorkflowFile } from '@holdfast/workflow/file';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { replaceFile } from '../../replace-file.ts';
import { faultInWords, faultsOfAnswer, readSurroundings, readText, refuse, type Surroundings, settingChanges } from './file.ts';
import { remedyOfMissing } from './missing-parts.ts';
import { PREFLIGHT_OPTION, warnOfFailure } from './preflight.ts';

interface Options {
  yes?: true;
  dryRun?: true;
  draft?: true;
  note?: string;
  force?: true;
  preflight?: true;
}

interface Plan {
  readonly path: string;
  readonly file: WorkflowFile;
  /** The file as it is kept with the workflow, for its comments. */
  readonly yaml: string;
  readonly surroundings: Surroundings;
  readonly placeOf: (field: string) => { readonly line: number; readonly column: number };
  readonly changes: readonly string[];
  /** Settings that a draft leaves alone. */
  readonly later: readonly string[];
  /** What of others would be lost; `undefined` when nothing. */
  readonly conflict: FileFault | undefined;
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
    .option('--force', 'also over what others have changed since the file was exported, and over their drafts')
    .option(...PREFLIGHT_OPTION)
    .addHelpText('after', '\nFor example:  holdfast workflow apply workflows/*.yaml --dry-run')
    .action(async (files: string[], options: Options, command: Command) => {
      const place = await workplace();
      // All of them, before the first is changed.
      const plans: Plan[] = [];
      for (const path of files) plans.push(await planOf(place, path, options));
      const changing = plans.filter(({ changes }) => changes.length > 0);
      for (const { path, file, changes, later } of plans) {
        const label = `${printable(file.project)} / ${printable(file.name)}`;
        remark(
          changes.length === 0
            ? `${path}: ${label} is unchanged.`
            : `${path}: ${label}\n${changes.map((each) => `  ${printable(each)}`).join('\n')}`,
        );
        if (later.length > 0) remark(`  Settings hold at once, so not with --draft: ${later.join(' ')}`);
      }
      if (!options.force) refuseConflicts(changing);
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
      await applyPlans(place, changing, options);
      answer(
        command,
        { workflows: results(options.draft ? 'saved' : 'published') },
        options.draft ? 'Saved as draft.' : 'Saved and published.',
      );
    });
}

/**
 * What others did meanwhile would be lost: they have changed the workflow since the file was exported, or
 * have a draft that the file does not know of.
 */
function refuseConflicts(plans: readonly Plan[]): void {
  const conflicts = plans.flatMap(({ path, conflict }) => (conflict === undefined ? [] : [{ path, ...conflict }]));
  if (conflicts.length === 0) return;
  throw new CommandError(conflicts.map(({ path, ...conflict }) => faultInWords(path, conflict)).join('\n'), {
    code: 'precondition_failed',
    remedy:
      'Look at what is different, above. Export it to another file and take over what is right (holdfast workflow export NAME -o OTHER), or apply the file as it is: --force.',
    details: { conflicts },
  });
}

function conflictOf(file: WorkflowFile, saved: Workflow | undefined, me: string, placeOf: Plan['placeOf']): Plan['conflict'] {
  if (saved === undefined) return undefined;
  const { revision, updatedAt, updatedBy, draft } = saved;
  if (file.revision !== undefined && file.revision !== revision) {
    const who = updatedBy === null || updatedAt === null ? '' : `: ${updatedBy.name} changed it ${fullMoment(updatedAt)}`;
    const detail = `The file was written from revision ${file.revision}, and “${saved.name}” is at ${revision}${who}.`;
    return { ...placeOf('revision'), field: 'revision', detail: printable(detail) };
  }
  if (file.revision !== undefined || draft === null || draft.savedBy.id === me) return undefined;
  const ofDraft = differencesOf(describedFile(fileOf({ ...saved, ...draft })), describedFile(file));
  if (ofDraft.length === 0) return undefined;
  const detail = `${draft.savedBy.name} saved a draft ${fullMoment(draft.savedAt)}, which the file would replace.`;
  return { ...placeOf(''), field: '', detail: printable(detail) };
}

async function planOf(place: Workplace, path: string, { draft }: Options): Promise<Plan> {
  const { readWorkflowFile, withoutRevision } = await import('@holdfast/workflow/file');
  const text = readText(path);
  const { file, faults, placeOf } = readWorkflowFile(text);
  if (file === undefined) throw refuse(path, faults);
  const around = await readSurroundings(place, file, placeOf);
  // Whether it could run is not asked: what is broken is applied all the same, as in the console.
  if (around.surroundings === undefined || around.faults.length > 0) {
    throw refuse(path, around.faults, await remedyOfMissing(path, file, around.missing));
  }
  const { workflow } = around.surroundings;
  const { user } = await place.client.call(getSession, {});
  const yaml = withoutRevision(text);
  const changes = changesOf(file, workflow, draft === true);
  const comments = changes.length === 0 && workflow !== undefined && !draft && (await hasOtherComments(place, workflow, yaml));
  return {
    path,
    file,
    yaml,
    surroundings: around.surroundings,
    placeOf,
    later: draft && workflow !== undefined ? settingChanges(file, workflow) : [],
    changes: comments ? ['Its file has other comments, or another order.'] : changes,
    conflict: conflictOf(file, workflow, user.id, placeOf),
  };
}

/** Whether the file says the same, and is written otherwise than what is kept with the workflow. */
async function hasOtherComments({ client, slug }: Workplace, { id }: Workflow, text: string): Promise<boolean> {
  const { hasComments, writeWorkflowFile } = await import('@holdfast/workflow/file');
  const saved: WrittenWorkflow = await client.call(getWorkflow, { params: { organization: slug, workflow: id } });
  if (saved.yaml === null || saved.yaml === text) return saved.yaml === null && hasComments(text);
  return writeWorkflowFile({ ...fileOf(saved), revision: undefined }, saved.yaml) !== text;
}

function changesOf(file: WorkflowFile, saved: Workflow | undefined, draft: boolean): string[] {
  if (saved === undefined) return ['It is new.'];
  const now = fileOf(draft && saved.draft !== null ? { ...saved, ...saved.draft } : saved);
  return [
    ...(now.name === file.name ? [] : [`It is called “${file.name}” in place of “${now.name}”.`]),
    ...(now.description === file.description ? [] : ['It has another description.']),
    ...differencesOf(describedFile(now), describedFile(file)),
    // They hold at once, which a draft does not.
    ...(draft ? [] : settingChanges(file, saved)),
    ...(!draft && saved.version === null ? ['Its first version is published.'] : []),
    ...(!draft && saved.draft !== null && saved.version !== null ? ['Its draft is replaced.'] : []),
  ];
}

/** One after the other. When one of them is refused, what was applied before it stays, and is said. */
async function applyPlans(place: Workplace, plans: readonly Plan[], options: Options): Promise<void> {
  for (const [index, plan] of plans.entries()) {
    try {
      await applyPlan(place, plan, options);
    } catch (error) {
      const paths = plans.map(({ path }) => path);
      if (index > 0) remark(`Applied: ${paths.slice(0, index).join(', ')}. Not applied: ${paths.slice(index).join(', ')}.`);
      throw error;
    }
  }
}

async function applyPlan(place: Workplace, plan: Plan, { draft, note, preflight }: Options): Promise<void> {
  const { client, slug } = place;
  const { path, file, yaml, surroundings, placeOf } = plan;
  const { workflow, projectId } = surroundings;
  const { maximumRuns, kept, ...definition } = bodyOfFile(file, (name) => surroundings.components.get(name)?.id);
  // A new workflow has no other settings that a draft could leave alone.
  const settings =
    draft && workflow !== undefined ? {} : { ...(maximumRuns !== undefined && { maximumRuns }), ...(kept !== undefined && { kept }) };
  const body = { ...definition, ...settings, yaml, publish: draft !== true, ...(note !== undefined && { note }) };
  let saved: Workflow;
  try {
    saved =
      workflow === undefined
        ? await client.call(createWorkflow, { params: { organization: slug }, body: { projectId, ...body } })
        : await client.call(updateWorkflow, {
            params: { organization: slug, workflow: workflow.id },
            body,
            headers: { 'if-match': String(workflow.revision) },
          });
  } catch (error) {
    const faults = faultsOfAnswer(error, placeOf);
    if (faults.length > 0) throw refuse(path, faults);
    throw (await changedMeanwhile(place, plan, error)) ?? error;
  }
  await noteRevision(plan, saved.revision);
  await warnOfFailure(place, saved, preflight ? 'ask' : 'leave');
}

/**
 * What somebody did after the differences were shown, for example while the question waited: the file would
 * have replaced it. `undefined` for any other error.
 */
async function changedMeanwhile({ client, slug }: Workplace, { path, file, placeOf, surroundings }: Plan, error: unknown) {
  const { workflow } = surroundings;
  const did = (workflow === undefined ? DONE_BEFORE_CREATION : DONE_BEFORE_CHANGE)[(error as { code?: string }).code ?? ''];
  if (did === undefined) return undefined;
  const now =
    workflow && (await client.call(getWorkflow, { params: { organization: slug, workflow: workflow.id } }).catch(() => undefined));
  const detail = `${now?.updatedBy?.name ?? 'Somebody'} ${did} “${workflow?.name ?? file.name}” after these differences were shown.`;
  const conflict = { ...placeOf(''), field: '', detail: printable(detail) };
  return new CommandError(faultInWords(path, conflict), {
    code: 'precondition_failed',
    remedy: 'Nothing of the file was applied. Apply it again: that shows what is different now.',
    details: { conflicts: [{ path, ...conflict }] },
  });
}

/** By the code of the refusal. */
const DONE_BEFORE_CREATION: Readonly<Record<string, string>> = { name_taken: 'made' };
const DONE_BEFORE_CHANGE: Readonly<Record<string, string>> = { precondition_failed: 'changed', not_found: 'deleted' };

/** In a file that names one, so that it can be changed and applied again. The file is applied already. */
async function noteRevision({ path, file }: Plan, revision: number): Promise<void> {
  if (file.revision === undefined || file.revision === revision) return;
  const { writeWorkflowFile } = await import('@holdfast/workflow/file');
  try {
    replaceFile(path, writeWorkflowFile({ ...file, revision }, readText(path)));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    remark(`${path} is applied, but could not be written (${why}). Write “revision: ${revision}” into it before it is applied again.`);
  }
}
