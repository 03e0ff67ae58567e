import { answer, moment } from '@holdfast/terminal/output';
import { stateCell, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { allWorkflows } from '../../find-workflow.ts';
import { findProject } from '../../lookup.ts';
import { sourcesInWords } from './source.ts';

export function registerWorkflowList(workflow: Command): void {
  workflow
    .command('list')
    .alias('ls')
    .description('workflows, and how their last run ended')
    .option('--project <name>', 'of this project only')
    .action(async ({ project }: { project?: string }, command: Command) => {
      const place = await workplace();
      const workflows = await allWorkflows(place, project === undefined ? undefined : (await findProject(place, project)).id);
      const rows = workflows.map((each) => [
        each.project.name,
        each.name,
        sourcesInWords(each),
        stateCell(each.state === 'ready' ? 'ok' : each.state),
        stateCell(each.lastRun?.status ?? '–'),
        each.lastRun === null ? 'never' : moment(each.lastRun.createdAt),
      ]);
      const head = ['PROJECT', 'NAME', 'SOURCE', 'STATE', 'LAST RUN', 'WHEN'];
      answer(command, { workflows }, workflows.length === 0 ? 'No workflows yet: holdfast workflow create makes one.' : table(head, rows));
    });
}
