import type { Command } from 'commander';
import { registerComponentCreate } from './create.ts';
import { registerComponentDelete } from './delete.ts';
import { registerComponentList } from './list.ts';
import { registerComponentShow } from './show.ts';
import { registerComponentTest } from './test-connection.ts';
import { registerComponentTypes } from './types.ts';
import { registerComponentUpdate } from './update.ts';

export function registerComponent(program: Command): void {
  const component = program.command('component').description('configured connectors, models and publishers');
  for (const register of [
    registerComponentList,
    registerComponentShow,
    registerComponentTypes,
    registerComponentCreate,
    registerComponentUpdate,
    registerComponentTest,
    registerComponentDelete,
  ]) {
    register(component);
  }
}
