import { updateTrigger } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { PROJECT_OPTION } from '../../project-option.ts';
import { findTrigger } from './find.ts';
import { addSettingsOptions, changedSettings, namesSettings, type SettingsOptions } from './settings.ts';

interface Options extends SettingsOptions {
  project?: string;
  name?: string;
}

export function registerTriggerUpdate(trigger: Command): void {
  const update = trigger
    .command('update')
    .description('change the settings of a trigger; what is left out stays, its kind and its token too')
    .argument('<workflow>')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option('--name <name>', 'its new name');
  addSettingsOptions(update).action(async (workflowName: string, name: string, options: Options, command: Command) => {
    if (options.name === undefined && !namesSettings(options)) {
      throw usageError('Nothing would change.', 'holdfast workflow trigger update --help lists what can be changed.');
    }
    const { place, params, trigger: found } = await findTrigger(workflowName, name, options.project);
    const changed = await place.client.call(updateTrigger, {
      params,
      body: {
        ...(options.name !== undefined && { name: options.name }),
        ...(namesSettings(options) && { settings: changedSettings(found.settings, options) }),
      },
    });
    answer(command, { trigger: changed }, `Trigger ${printable(changed.name)} is changed.`);
  });
}
