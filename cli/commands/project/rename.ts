import { updateProject } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findProject } from '../../lookup.ts';

export function registerProjectRename(project: Command): void {
  project
    .command('rename')
    .description('give a project another name, another description, or both')
    .argument('<name>')
    .argument('[new-name]')
    .option('--description <text>', 'what it is for')
    .action(async (name: string, newName: string | undefined, { description }: { description?: string }, command: Command) => {
      if (newName === undefined && description === undefined)
        throw usageError('Nothing would change.', 'Add a new name, or --description.');
      const place = await workplace();
      const { id } = await findProject(place, name);
      const body = { ...(newName === undefined ? {} : { name: newName }), ...(description === undefined ? {} : { description }) };
      const changed = await place.client.call(updateProject, { params: { organization: place.slug, project: id }, body });
      answer(
        command,
        { project: changed },
        newName === undefined ? `${printable(changed.name)} is changed.` : `${printable(name)} is now ${printable(changed.name)}.`,
      );
    });
}
