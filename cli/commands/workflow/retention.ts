import { getRetention, setWorkflowRetention } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { changedDays, type KeptDaysOptions, keptInWords, OLDER_GOES, withKeptDays } from '../kept-days.ts';
import { PROJECT_OPTION } from '../project-option.ts';

interface Options extends KeptDaysOptions {
  readonly project?: string;
  readonly yes?: true;
}

export function registerWorkflowRetention(workflow: Command): void {
  withKeptDays(
    workflow
      .command('retention')
      .description('how long what runs of a workflow leave behind is kept: shown, or changed')
      .argument('<name>')
      .option(...PROJECT_OPTION),
    'what holds for the organization',
  )
    .option(...YES_OPTION)
    .action(async (name: string, { project, yes, ...options }: Options, command: Command) => {
      const place = await workplace();
      const params = { organization: place.slug };
      const found = await findWorkflow(place, name, project);
      const { defaults, ...ofOrganization } = await place.client.call(getRetention, { params });
      const body = changedDays(options, found.kept);
      if (body !== undefined && !yes) {
        await confirm(`Change how long what runs of “${printable(found.name)}” leave behind is kept? ${OLDER_GOES}`);
      }
      const { kept } =
        body === undefined
          ? found
          : await place.client.call(setWorkflowRetention, {
              params: { ...params, workflow: found.id },
              body,
              headers: { 'if-match': String(found.revision) },
            });
      const above = { ...ofOrganization, documentDays: ofOrganization.documentDays ?? defaults.documentDays };
      answer(command, { kept }, keptInWords(kept, above));
    });
}
