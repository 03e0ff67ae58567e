import type { Command } from 'commander';
import { registerProjectCreate } from './create.ts';
import { registerProjectDelete } from './delete.ts';
import { registerProjectList } from './list.ts';
import { registerProjectRename } from './rename.ts';
import { registerProjectShow } from './show.ts';

export function registerProject(program: Command): void {
  const project = program.command('project').description('groups of components and workflows');
  const commands = [registerProjectList, registerProjectShow, registerProjectCreate, registerProjectRename, registerProjectDelete];
  for (const register of commands) register(project);
}
