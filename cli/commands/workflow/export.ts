import { existsSync } from 'node:fs';
import { getWorkflow } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { fileOf } from '@holdfast/workflow/convert';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { replaceFile } from '../../replace-file.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { readText } from './file.ts';

interface Options {
  project?: string;
  output?: string;
  draft?: true;
  revision: boolean;
}

export function registerWorkflowExport(workflow: Command): void {
  workflow
    .command('export')
    .description('write a workflow as YAML, with names in place of ids')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option('-o, --output <file>', 'into this file; one that is there keeps its comments and order')
    .option('--draft', 'the draft in place of the newest version')
    .option('--no-revision', 'leave out what apply compares: for a file that is kept in a repository')
    .addHelpText('after', '\nFor example:  holdfast workflow export Publish > publish.yaml')
    .action(async (name: string, { project, output, draft, revision }: Options, command: Command) => {
      const place = await workplace();
      const { id } = await findWorkflow(place, name, project);
      const found = await place.client.call(getWorkflow, { params: { organization: place.slug, workflow: id } });
      const { saysRevision, writeWorkflowFile } = await import('@holdfast/workflow/file');
      const existing = output !== undefined && existsSync(output) ? readText(output) : undefined;
      const whole = fileOf(draft && found.draft !== null ? { ...found, ...found.draft } : found);
      // A file that is there, and compares nothing, goes on so.
      const compares = revision && (existing === undefined || saysRevision(existing));
      const file = compares ? whole : { ...whole, revision: undefined };
      // Comments of the file that is there; else those that are kept with the workflow.
      const text = writeWorkflowFile(file, existing ?? found.yaml ?? undefined);
      if (output === undefined) {
        answer(command, { file }, text.trimEnd());
        return;
      }
      if (text !== existing) replaceFile(output, text);
      answer(
        command,
        { file, output, changed: text !== existing },
        text === existing ? `${output} says the same already.` : `${output} is written.`,
      );
    });
}
