import { existsSync } from 'node:fs';
import { preflightWorkflow } from '@holdfast/api';
import { answer, counted } from '@holdfast/terminal/output';
import { CommandError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { faultInWords, lookAround, readText } from './file.ts';
import { remedyOfMissing } from './missing-parts.ts';

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

export function registerWorkflowCheck(workflow: Command): void {
  workflow
    .command('check')
    .description('find out, in CI for example, whether workflows would fail: files, or workflows by name')
    .argument('<files...>', 'YAML files; or names of workflows that are saved')
    .option(...PROJECT_OPTION)
    .option('--offline', 'look at the files alone, without the server')
    .option('--no-preflight', 'do not ask whether the services answer')
    .addHelpText('after', '\nGives exit code 1 with line and column of each fault.\nFor example:  holdfast workflow check workflows/*.yaml')
    .action(async (files: string[], { project, offline, preflight }: Options, command: Command) => {
      const place = offline ? undefined : await workplace();
      const problems: Problem[] = [];
      for (const file of files) {
        const isFile = existsSync(file) || offline === true || /\.ya?ml$/i.test(file);
        if (isFile) problems.push(...(await checkFile(place, file, preflight)));
        else if (place !== undefined) problems.push(...(await preflightOf(place, (await findWorkflow(place, file, project)).id, file)));
      }
      if (problems.length === 0) {
        answer(command, { faults: [] }, files.length === 1 ? `${files[0]} is all right.` : `All ${files.length} are all right.`);
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

async function checkFile(place: Workplace | undefined, path: string, preflight: boolean): Promise<Problem[]> {
  const { readWorkflowFile } = await import('@holdfast/workflow/file');
  const { file, faults, placeOf } = readWorkflowFile(readText(path));
  const around = file === undefined || place === undefined ? undefined : await lookAround(place, file, placeOf);
  const all = [...faults, ...(around?.faults ?? [])];
  const remedy = file === undefined || around === undefined ? undefined : await remedyOfMissing(path, file, around.missing);
  const problems = all.map((fault) => ({ text: faultInWords(path, fault), fault: { file: path, ...fault }, remedy }));
  const saved = around?.surroundings?.workflow;
  if (problems.length > 0 || !preflight || place === undefined || saved === undefined) return problems;
  return preflightOf(place, saved.id, path);
}

/** What a run of the saved workflow would meet now. */
async function preflightOf({ client, slug }: Workplace, workflow: string, about: string): Promise<Problem[]> {
  const { checks } = await client.call(preflightWorkflow, { params: { organization: slug, workflow } });
  return checks.flatMap(({ passed, component, detail, failure }) => {
    if (passed) return [];
    const remedy = failure === null ? '' : ` ${failure.remedy}`;
    const text = `${about}  ${component === null ? '' : `${component.name}: `}${detail}${remedy}`;
    return [{ text, fault: { file: about, component: component?.name ?? null, detail, failure } }];
  });
}
