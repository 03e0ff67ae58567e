import { deleteComponent } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { PROJECT_OPTION } from '../project-option.ts';

interface Options {
  project?: string;
  yes?: true;
}

export function registerComponentDelete(component: Command): void {
  component
    .command('delete')
    .alias('rm')
    .description('delete a component that no workflow uses, with its own sealed values')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option(...YES_OPTION)
    .action(async (name: string, { project, yes }: Options, command: Command) => {
      const place = await workplace();
      const found = await findComponent(place, name, project);
      const label = `${printable(found.project.name)} / ${printable(found.name)}`;
      if (!yes) await confirm(`Delete the component ${label}?`);
      const params = { organization: place.slug, project: found.project.id, component: found.id };
      await place.client.call(deleteComponent, { params });
      answer(command, { deleted: { id: found.id, name: found.name } }, `Component ${label} is deleted.`);
    });
}
