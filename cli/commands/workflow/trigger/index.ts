import type { Command } from 'commander';
import { registerTriggerAdd } from './add.ts';
import { registerTriggerDelete, registerTriggerPause, registerTriggerResume, registerTriggerToken } from './change.ts';
import { registerTriggerList } from './list.ts';
import { registerTriggerUpdate } from './update.ts';

export function registerTrigger(workflow: Command): void {
  const trigger = workflow.command('trigger').description('what starts a workflow by itself');
  for (const register of [
    registerTriggerList,
    registerTriggerAdd,
    registerTriggerUpdate,
    registerTriggerPause,
    registerTriggerResume,
    registerTriggerToken,
    registerTriggerDelete,
  ]) {
    register(trigger);
  }
}
