import { createTrigger } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../../connection.ts';
import { findWorkflow } from '../../../find-workflow.ts';
import { PROJECT_OPTION } from '../../project-option.ts';
import { addSettingsOptions, newSettings, type SettingsOptions } from './settings.ts';

interface Options extends SettingsOptions {
  project?: string;
}

export function registerTriggerAdd(trigger: Command): void {
  const add = trigger
    .command('add')
    .description('start a workflow by a schedule, signed requests, new documents or uploads')
    .argument('<workflow>')
    .argument('<name>', 'what the trigger is called')
    .option(...PROJECT_OPTION);
  addSettingsOptions(add)
    .option('--upload', 'by files that are sent with a token, which is printed once')
    .action(async (workflowName: string, name: string, options: Options, command: Command) => {
      const settings = newSettings(options);
      const place = await workplace();
      const workflow = await findWorkflow(place, workflowName, options.project);
      const made = await place.client.call(createTrigger, {
        params: { organization: place.slug, workflow: workflow.id },
        body: { name, settings },
      });
      const added = `Trigger ${printable(made.name)} of ${printable(workflow.name)} is added.`;
      const lines = [
        added,
        ...(made.address === null ? [] : [`Address: ${made.address}`]),
        ...(made.token === null ? [] : [`Token, shown once: ${made.token}`]),
      ];
      answer(command, { trigger: made }, lines.join('\n'));
    });
}
