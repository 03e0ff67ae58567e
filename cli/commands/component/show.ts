import type { Component } from '@holdfast/api';
import { answer, fullMoment } from '@holdfast/terminal/output';
import { type Cell, facts, stateCell } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { consoleAddress, workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { PROJECT_OPTION } from '../project-option.ts';

export function registerComponentShow(component: Command): void {
  component
    .command('show')
    .description('one component and its configuration, with references in place of values')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .action(async (name: string, { project }: { project?: string }, command: Command) => {
      const place = await workplace();
      const found = await findComponent(place, name, project);
      const text = facts([
        ['Name', found.name],
        ['Project', found.project.name],
        ['Type', found.type],
        ['State', stateCell(found.broken === null ? 'ok' : 'broken')],
        ...(found.broken === null ? [] : ([['Why', `${found.broken.detail}\n→ ${found.broken.remedy}`]] as const)),
        ...optionFacts(found),
        ...destinationFacts(found),
        ['Workflows', found.workflows.map((each) => each.name).join(', ') || '–'],
        ['Changed', `${fullMoment(found.updatedAt)} by ${found.updatedBy.name}`],
        ['Console', consoleAddress(place, `projects/${found.project.id}/components/${found.id}`)],
      ]);
      answer(command, { component: found }, text);
    });
}

function destinationFacts({ destinations, unapproved }: Component): [string, string][] {
  if (destinations.length === 0) return [];
  const waiting = unapproved.map(({ secretName, destination, state }) => `${secretName ?? 'own value'} → ${destination}: ${state}`);
  return [['Sends to', [...destinations, ...waiting].join('\n')]];
}

function optionFacts({ configuration, sensitiveOptions }: Component): [string, string | Cell][] {
  const words = { 'organization-secret': '', text: '', 'own-value': 'a value of its own, sealed', none: 'not set' } as const;
  const sensitive = sensitiveOptions.map(({ option, source, state, secrets }): [string, string] => {
    const text = secrets.length === 0 ? words[source] : String(configuration[option]);
    const broken = secrets
      .filter((secret) => secret.state !== 'ok')
      .map((secret) => `${secret.name}: ${secret.state.replaceAll('_', ' ')}`);
    const why = source === 'text' ? broken.join(', ') : state.replaceAll('_', ' ');
    return [`  ${option}`, `${text}${state === 'ok' ? '' : ` (${why})`}`];
  });
  const names = new Set(sensitiveOptions.map(({ option }) => option));
  const plain = Object.entries(configuration)
    .filter(([name]) => !names.has(name))
    .map(([name, value]): [string, string] => [`  ${name}`, typeof value === 'string' ? value || '–' : JSON.stringify(value)]);
  return [['Options', ''], ...sensitive, ...plain];
}
