import { listTriggers } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { stateCell, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../../connection.ts';
import { findWorkflow } from '../../../find-workflow.ts';
import { PROJECT_OPTION } from '../../project-option.ts';
import { settingsInWords } from './words.ts';

export function registerTriggerList(trigger: Command): void {
  trigger
    .command('list')
    .alias('ls')
    .description('what starts a workflow by itself, when next, and how it ended last')
    .argument('<workflow>')
    .option(...PROJECT_OPTION)
    .action(async (name: string, { project }: { project?: string }, command: Command) => {
      const place = await workplace();
      const workflow = await findWorkflow(place, name, project);
      const { items } = await place.client.call(listTriggers, { params: { organization: place.slug, workflow: workflow.id } });
      const rows = items.map((each) => [
        each.name,
        each.settings.kind,
        settingsInWords(each),
        stateCell(each.broken !== null ? 'broken' : each.enabled ? 'ok' : 'paused'),
        each.nextTimes[0] === undefined ? '–' : moment(each.nextTimes[0]),
        each.last === null ? 'never' : `${moment(each.last.at)} ${each.last.outcome}`,
        each.address ?? '',
      ]);
      const head = ['NAME', 'KIND', 'SETTINGS', 'STATE', 'NEXT', 'LAST', 'ADDRESS'];
      answer(command, { triggers: items }, items.length === 0 ? 'Nothing starts it by itself.' : table(head, rows));
    });
}
