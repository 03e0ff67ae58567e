import { existsSync } from 'node:fs';
import { type Preflight, type PreflightCheck, preflightDefinition } from '@holdfast/api';
import { answer, counted } from '@holdfast/terminal/output';
import { CommandError } from '@holdfast/terminal/report';
import { bodyOfFile } from '@holdfast/workflow/convert';
import type { ReadFile, WorkflowFile } from '@holdfast/workflow/file';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { faultInWords, faultsOfAnswer, readSurroundings, readText, type Surroundings } from './file.ts';
import { remedyOfMissing } from './missing-parts.ts';
import { checkInWords, failedOf, preflightSaved, type Services } from './preflight.ts';

interface Options {
  project?: string;
  offline?: true;
  preflight: boolean;
}

interface Problem {
  readonly text: string;
  readonly fault: object;
  /** What makes something that is not there. */
  readonly remedy?: string | undefined;
}

/** Of one file or workflow. */
interface Findings {
  readonly problems: readonly Problem[];
  /** Services that answered. */
  readonly answered: number;
}

export function registerWorkflowCheck(workflow: Command): void {
  workflow
    .command('check')
    .description('find out, in CI for example, whether workflows would fail: files, or workflows by name')
    .argument('<files...>', 'YAML files; or names of workflows that are saved')
    .option(...PROJECT_OPTION)
    .option('--offline', 'look at the files alone, without the server')
    .option('--no-preflight', 'do not ask whether the services answer')
    .addHelpText(
      'after',
      `
A file is checked by what it says, whether the workflow is saved or not: by the components that it names, with their
secrets and destinations, by its folders, and by whether each service answers. Gives exit code 1 with line and column
of each fault. Of a saved workflow its newest version is looked at, and its draft.

For example:  holdfast workflow check workflows/*.yaml`,
    )
    .action(async (files: string[], { project, offline, preflight }: Options, command: Command) => {
      const place = offline ? undefined : await workplace();
      const services = preflight ? 'ask' : 'leave';
      const all: Findings[] = [];
      for (const file of files) {
        const isFile = existsSync(file) || offline === true || /\.ya?ml$/i.test(file);
        if (isFile) all.push(await checkFile(place, file, services));
        else if (place !== undefined) all.push(await checkSaved(place, (await findWorkflow(place, file, project)).id, file, services));
      }
      const problems = all.flatMap((each) => each.problems);
      if (problems.length === 0) {
        const answered = all.reduce((sum, each) => sum + each.answered, 0);
        const [looked, scope] = offline
          ? (['file', 'the text alone.'] as const)
          : preflight
            ? (['services', `${CHECKED}; ${counted(answered, 'service')} answered.`] as const)
            : (['server', `${CHECKED}; no service was asked.`] as const);
        const right = files.length === 1 ? `${files[0]} is all right.` : `All ${files.length} are all right.`;
        answer(command, { faults: [], looked }, `${right} Checked: ${scope}`);
        return;
      }
      throw new CommandError(problems.map(({ text }) => text).join('\n'), {
        code: 'check_failed',
        remedy: [
          ...new Set(problems.flatMap(({ remedy }) => remedy ?? [])),
          `Correct ${counted(problems.length, 'fault')}, then look again.`,
        ].join('\n→ '),
        details: { faults: problems.map(({ fault }) => fault) },
      });
    });
}

const CHECKED = 'names, folders, secrets and destinations';

async function checkFile(place: Workplace | undefined, path: string, services: Services): Promise<Findings> {
  const { readWorkflowFile } = await import('@holdfast/workflow/file');
  const { file, faults, placeOf } = readWorkflowFile(readText(path));
  const around = file === undefined || place === undefined ? undefined : await readSurroundings(place, file, placeOf);
  const all = [...faults, ...(around?.faults ?? [])];
  const remedy = file === undefined || around === undefined ? undefined : await remedyOfMissing(path, file, around.missing);
  const problems = all.map((fault) => ({ text: faultInWords(path, fault), fault: { file: path, ...fault }, remedy }));
  const surroundings = around?.surroundings;
  if (problems.length > 0 || place === undefined || file === undefined || surroundings === undefined) return { problems, answered: 0 };
  return preflightOfFile(place, path, { file, placeOf, surroundings }, services);
}

interface FoundFile {
  readonly file: WorkflowFile;
  readonly placeOf: ReadFile['placeOf'];
  readonly surroundings: Surroundings;
}

/** What a run would meet if the file were applied: the saved workflow of its name may do something else. */
async function preflightOfFile(
  { client, slug }: Workplace,
  path: string,
  { file, placeOf, surroundings }: FoundFile,
  services: Services,
): Promise<Findings> {
  const { projectId, components } = surroundings;
  const { sources, steps } = bodyOfFile(file, (name) => components.get(name)?.id);
  let found: Preflight;
  try {
    const params = { organization: slug, project: projectId };
    found = await client.call(preflightDefinition, { params, query: { services }, body: { sources, steps } });
  } catch (error) {
    const refused = faultsOfAnswer(error, placeOf);
    if (refused.length === 0) throw error;
    return { problems: refused.map((fault) => ({ text: faultInWords(path, fault), fault: { file: path, ...fault } })), answered: 0 };
  }
  const problems = failedOf(found).map((check) => {
    const field = fieldOf(file, check);
    const fault = { ...placeOf(field), field, detail: checkInWords(check) };
    const { component, folder, failure } = check;
    return {
      text: faultInWords(path, fault),
      fault: { file: path, ...fault, component: component?.name ?? null, folder, failure },
    };
  });
  return { problems, answered: answeredIn(found) };
}

/** Where the file first names what was looked at. */
function fieldOf({ sources, steps }: WorkflowFile, { component, folder }: PreflightCheck): string {
  if (component === null) return `sources.${sources.findIndex((source) => source.kind === 'folder' && source.folder === folder)}.folder`;
  const source = sources.findIndex((each) => each.kind === 'component' && each.component === component.name);
  if (source >= 0) return `sources.${source}.component`;
  return `steps.${steps.findIndex((each) => each.component === component.name)}.component`;
}

async function checkSaved(place: Workplace, workflow: string, about: string, services: Services): Promise<Findings> {
  const { draft, ...found } = await preflightSaved(place, workflow, services);
  const problemsOf = (of: Preflight, called: string) =>
    failedOf(of).map((check) => {
      const { component, folder, detail, failure } = check;
      const fault = { file: about, draft: of === draft, component: component?.name ?? null, folder, detail, failure };
      return { text: `${called}  ${checkInWords(check)}`, fault };
    });
  return {
    problems: [...problemsOf(found, about), ...(draft === null ? [] : problemsOf(draft, `${about}, its draft`))],
    answered: answeredIn(found),
  };
}

function answeredIn({ checks }: Preflight): number {
  return checks.filter(({ passed, milliseconds }) => passed && milliseconds !== null).length;
}
