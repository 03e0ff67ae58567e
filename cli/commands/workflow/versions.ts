import { listWorkflowVersions } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { printable, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { collect } from '../../lookup.ts';
import { PROJECT_OPTION } from '../project-option.ts';

export function registerWorkflowVersions(workflow: Command): void {
  workflow
    .command('versions')
    .description('the versions of a workflow, newest first: who published what, and what it changed')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .action(async (name: string, { project }: { project?: string }, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const { id, draft } = await findWorkflow(place, name, project);
      const params = { organization: place.slug, workflow: id };
      const versions = await collect(readAll(place.client, listWorkflowVersions, { params, query: { limit: 200 } }));
      const rows = versions.map(({ number, publishedAt, publishedBy, note, changes }) => [
        String(number),
        moment(publishedAt),
        publishedBy.name,
        note === '' ? changes.join(' ') : note,
      ]);
      const waiting = draft === null ? '' : `A draft of ${printable(draft.savedBy.name)} waits to be published.`;
      const shown = rows.length === 0 ? [] : [table(['VERSION', 'PUBLISHED', 'BY', 'WHAT CHANGED'], rows)];
      answer(command, { versions }, [...shown, ...(waiting === '' ? [] : [waiting])].join('\n'));
    });
}
