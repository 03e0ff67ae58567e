import { publishWorkflow } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';

interface Options {
  project?: string;
  note?: string;
}

export function registerWorkflowPublish(workflow: Command): void {
  workflow
    .command('publish')
    .description('make the next version of a workflow’s draft; runs use it from now on')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option('--note <text>', 'what is new, in words')
    .action(async (name: string, { project, note }: Options, command: Command) => {
      const place = await workplace();
      const found = await findWorkflow(place, name, project);
      const params = { organization: place.slug, workflow: found.id };
      const saved = await place.client.call(publishWorkflow, {
        params,
        body: note === undefined ? {} : { note },
        headers: { 'if-match': String(found.revision) },
      });
      answer(command, { workflow: saved }, `Version ${saved.version?.number} of ${printable(saved.name)} is published.`);
    });
}
