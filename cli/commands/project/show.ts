import { answer, fullMoment } from '@holdfast/terminal/output';
import { facts, printable, stateCell, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { consoleAddress, workplace } from '../../connection.ts';
import { allComponents } from '../../find-component.ts';
import { allWorkflows } from '../../find-workflow.ts';
import { findProject, unlessForbidden } from '../../lookup.ts';

export function registerProjectShow(project: Command): void {
  project
    .command('show')
    .description('one project, its components and workflows')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const place = await workplace();
      const found = await findProject(place, name);
      // A viewer sees workflows and their runs only.
      const components = (await unlessForbidden(allComponents(place, found.id))) ?? [];
      const workflows = await allWorkflows(place, found.id);
      const parts = [
        facts([
          ['Name', found.name],
          ['Description', found.description || '–'],
          ['Created', `${fullMoment(found.createdAt)} by ${printable(found.createdBy.name)}`],
          ['Console', consoleAddress(place, `projects/${found.id}`)],
        ]),
      ];
      if (components.length > 0) {
        const rows = components.map((each) => [each.name, each.type, stateCell(each.broken === null ? 'ok' : 'broken')]);
        parts.push('', table(['COMPONENT', 'TYPE', 'STATE'], rows));
      }
      if (workflows.length > 0) {
        const rows = workflows.map((each) => [
          each.name,
          each.sources.map(({ kind }) => kind).join(', '),
          stateCell(each.state === 'ready' ? 'ok' : each.state),
        ]);
        parts.push('', table(['WORKFLOW', 'SOURCE', 'STATE'], rows));
      }
      answer(command, { project: found, components, workflows }, parts.join('\n'));
    });
}
