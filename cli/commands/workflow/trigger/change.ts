import { deleteTrigger, replaceTriggerToken, updateTrigger } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { PROJECT_OPTION } from '../../project-option.ts';
import { findTrigger } from './find.ts';

interface Options {
  project?: string;
  yes?: true;
}

function register(trigger: Command, verb: string, description: string): Command {
  return trigger
    .command(verb)
    .description(description)
    .argument('<workflow>')
    .argument('<name>')
    .option(...PROJECT_OPTION);
}

export function registerTriggerPause(trigger: Command): void {
  register(trigger, 'pause', 'start nothing until it is resumed').action(switchTo(false));
}

export function registerTriggerResume(trigger: Command): void {
  register(trigger, 'resume', 'go on with a trigger that is paused').action(switchTo(true));
}

function switchTo(enabled: boolean) {
  return async (workflowName: string, name: string, { project }: Options, command: Command) => {
    const { place, params } = await findTrigger(workflowName, name, project);
    const trigger = await place.client.call(updateTrigger, { params, body: { enabled } });
    answer(command, { trigger }, `Trigger ${printable(trigger.name)} is ${enabled ? 'resumed' : 'paused'}.`);
  };
}

export function registerTriggerToken(trigger: Command): void {
  register(trigger, 'token', 'give an upload address a new token; the former one ends at once').action(
    async (workflowName: string, name: string, { project }: Options, command: Command) => {
      const { place, params } = await findTrigger(workflowName, name, project);
      const made = await place.client.call(replaceTriggerToken, { params });
      answer(command, { trigger: made }, `Token, shown once: ${made.token}`);
    },
  );
}

export function registerTriggerDelete(trigger: Command): void {
  register(trigger, 'delete', 'delete a trigger; runs that it started stay')
    .alias('rm')
    .option(...YES_OPTION)
    .action(async (workflowName: string, name: string, { project, yes }: Options, command: Command) => {
      const { place, params, trigger: found, workflow } = await findTrigger(workflowName, name, project);
      const label = `${printable(found.name)} of ${printable(workflow.name)}`;
      if (!yes) await confirm(`Delete the trigger ${label}?`);
      await place.client.call(deleteTrigger, { params });
      answer(command, { deleted: { id: found.id, name: found.name } }, `Trigger ${label} is deleted.`);
    });
}
