import { deleteWorkflow } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';

interface Options {
  project?: string;
  yes?: true;
}

export function registerWorkflowDelete(workflow: Command): void {
  workflow
    .command('delete')
    .alias('rm')
    .description('delete a workflow with its runs and their documents')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option(...YES_OPTION)
    .action(async (name: string, { project, yes }: Options, command: Command) => {
      const place = await workplace();
      const found = await findWorkflow(place, name, project);
      const label = `${printable(found.project.name)} / ${printable(found.name)}`;
      if (!yes) await confirm(`Delete the workflow ${label} with its runs and their documents?`);
      await place.client.call(deleteWorkflow, { params: { organization: place.slug, workflow: found.id } });
      answer(command, { deleted: { id: found.id, name: found.name } }, `Workflow ${label} is deleted.`);
    });
}
