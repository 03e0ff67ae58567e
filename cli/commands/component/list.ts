import { answer, moment } from '@holdfast/terminal/output';
import { stateCell, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { allComponents } from '../../find-component.ts';
import { allProjects, findProject } from '../../lookup.ts';

export function registerComponentList(component: Command): void {
  component
    .command('list')
    .alias('ls')
    .description('components of a project, or of all of them')
    .option('--project <name>', 'of this project only')
    .action(async ({ project }: { project?: string }, command: Command) => {
      const place = await workplace();
      const projects = project === undefined ? await allProjects(place) : [await findProject(place, project)];
      const components = (await Promise.all(projects.map(({ id }) => allComponents(place, id)))).flat();
      const rows = components.map((each) => [
        each.project.name,
        each.name,
        each.type,
        stateCell(each.broken === null ? 'ok' : 'broken'),
        each.sensitiveOptions.flatMap(({ secrets }) => secrets.map(({ name }) => name)).join(', ') || '–',
        moment(each.updatedAt),
      ]);
      const head = ['PROJECT', 'NAME', 'TYPE', 'STATE', 'SECRETS', 'CHANGED'];
      answer(
        command,
        { components },
        components.length === 0 ? 'No components yet: holdfast component create makes one.' : table(head, rows),
      );
    });
}
