import { createProject } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerProjectCreate(project: Command): void {
  project
    .command('create')
    .description('make a project')
    .argument('<name>')
    .option('--description <text>', 'what it is for')
    .action(async (name: string, { description }: { description?: string }, command: Command) => {
      const { client, slug } = await workplace();
      const made = await client.call(createProject, { params: { organization: slug }, body: { name, description } });
      answer(command, { project: made }, `Project ${printable(made.name)} is created.`);
    });
}
