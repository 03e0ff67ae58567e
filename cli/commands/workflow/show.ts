import { type KeptDays, ORIGINAL } from '@holdfast/api';
import { answer, counted, fullMoment } from '@holdfast/terminal/output';
import { facts, printable, stateCell } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { consoleAddress, workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { sourcesInWords } from './source.ts';

export function registerWorkflowShow(workflow: Command): void {
  workflow
    .command('show')
    .description('one workflow and its steps')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .action(async (name: string, { project }: { project?: string }, command: Command) => {
      const place = await workplace();
      const found = await findWorkflow(place, name, project);
      const steps = found.steps.map(({ name, input, component, condition, mapping }) => {
        const takes = input === ORIGINAL ? '' : `, takes what ${input} makes`;
        const more = `${condition === undefined ? '' : `, when ${condition}`}${mapping === undefined ? '' : ', with a mapping'}`;
        return `${name}: ${component.name} (${component.type}${component.state === 'ok' ? '' : `, ${component.state}`})${takes}${printable(more)}`;
      });
      const { broken, failingTriggers, lastRun, version, draft, kept, maximumRuns } = found;
      const text = facts([
        ['Name', found.name],
        ['Project', found.project.name],
        ['Description', found.description || '–'],
        ['Source', sourcesInWords(found)],
        ['Steps', steps.join('\n')],
        [
          'Version',
          version === null
            ? 'none yet: holdfast workflow publish makes one'
            : `${version.number}, published ${fullMoment(version.publishedAt)} by ${version.publishedBy.name}`,
        ],
        ...(draft === null
          ? []
          : ([
              ['Draft', [`saved ${fullMoment(draft.savedAt)} by ${draft.savedBy.name}`, ...draft.changes.map(printable)].join('\n')],
            ] as const)),
        ['State', stateCell(found.state === 'ready' ? 'ok' : found.state)],
        ...(broken === null ? [] : ([['Why', `${broken.detail}\n→ ${broken.remedy}`]] as const)),
        ...failingTriggers.map(({ name, failure }) => ['Trigger', `${name}: ${printable(failure.detail)}\n→ ${failure.remedy}`] as const),
        ['Runs at once', String(maximumRuns)],
        ['Kept', keptInWords(kept)],
        ['Last run', lastRun === null ? 'never' : `${lastRun.status}, ${fullMoment(lastRun.createdAt)}`],
        ['Created', `${fullMoment(found.createdAt)} by ${found.createdBy.name}`],
        ['Console', consoleAddress(place, `projects/${found.project.id}/workflows/${found.id}`)],
      ]);
      answer(command, { workflow: found }, text);
    });
}

/** Of a workflow alone; what its organization says is not repeated. */
function keptInWords({ documentDays, logDays, runDays }: KeptDays): string {
  const parts = [
    ['documents', documentDays],
    ['log', logDays],
    ['run', runDays],
  ] as const;
  const own = parts.flatMap(([what, days]) => (days === null ? [] : [`${what} ${counted(days, 'day')}`]));
  return own.length === 0 ? 'as the organization says' : own.join(', ');
}
