import { restoreWorkflowVersion } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';

interface Options {
  readonly project?: string;
  readonly yes?: true;
}

export function registerWorkflowRestore(workflow: Command): void {
  workflow
    .command('restore')
    .description('take a former version of a workflow as its draft; holdfast workflow publish makes it the next version')
    .argument('<name>')
    .argument('<version>', 'its number; holdfast workflow versions shows them')
    .option(...PROJECT_OPTION)
    .option(...YES_OPTION)
    .action(async (name: string, version: string, { project, yes }: Options, command: Command) => {
      if (!/^[1-9][0-9]{0,8}$/.test(version))
        throw usageError('A version is a whole number from 1.', 'holdfast workflow versions shows them.');
      const place = await workplace();
      const found = await findWorkflow(place, name, project);
      const label = printable(found.name);
      if (found.draft !== null && !yes) await confirm(`Replace the draft of “${label}” that ${printable(found.draft.savedBy.name)} saved?`);
      const saved = await place.client.call(restoreWorkflowVersion, {
        params: { organization: place.slug, workflow: found.id, number: version },
        headers: { 'if-match': String(found.revision) },
      });
      answer(
        command,
        { workflow: saved },
        `Version ${version} of “${label}” is its draft now. To use it: holdfast workflow publish ${JSON.stringify(label)}`,
      );
    });
}
