import { answer, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { allProjects } from '../../lookup.ts';

export function registerProjectList(project: Command): void {
  project
    .command('list')
    .alias('ls')
    .description('projects, with what is in them')
    .option('--search <text>', 'in names and descriptions')
    .action(async ({ search }: { search?: string }, command: Command) => {
      const projects = await allProjects(await workplace(), search);
      const rows = projects.map(({ name, description, components, brokenComponents, workflows, createdAt }) => [
        name,
        `${components}${brokenComponents > 0 ? ` (${brokenComponents} broken)` : ''}`,
        String(workflows),
        moment(createdAt),
        description.split('\n')[0] ?? '',
      ]);
      const none = search === undefined ? 'No projects yet: holdfast project create NAME makes one.' : 'No projects match.';
      const text = projects.length === 0 ? none : table(['NAME', 'COMPONENTS', 'WORKFLOWS', 'CREATED', 'DESCRIPTION'], rows);
      answer(command, { projects }, text);
    });
}
