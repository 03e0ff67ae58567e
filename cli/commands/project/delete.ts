import { deleteProject } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findProject } from '../../lookup.ts';

export function registerProjectDelete(project: Command): void {
  project
    .command('delete')
    .alias('rm')
    .description('delete a project that has no components and no workflows')
    .argument('<name>')
    .option(...YES_OPTION)
    .action(async (name: string, { yes }: { yes?: true }, command: Command) => {
      const place = await workplace();
      const { id, name: itsName } = await findProject(place, name);
      if (!yes) await confirm(`Delete the project ${printable(itsName)}?`);
      await place.client.call(deleteProject, { params: { organization: place.slug, project: id } });
      answer(command, { deleted: { id, name: itsName } }, `Project ${printable(itsName)} is deleted.`);
    });
}
