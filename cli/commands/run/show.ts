import { starterInWords } from '@holdfast/api';
import { answer, fullMoment, sized } from '@holdfast/terminal/output';
import { facts, stateCell } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { documentsInWords, RUN_ARGUMENT, readRun, runAddress } from './watching.ts';

export function registerRunShow(run: Command): void {
  run
    .command('show')
    .description('one run: how far it is, or how it ended and why')
    .argument(...RUN_ARGUMENT)
    .action(async (id: string | undefined, _options, command: Command) => {
      const place = await workplace();
      const found = await readRun(place, id);
      const { failure } = found;
      const text = facts([
        ['Run', `${found.workflow.name} #${found.number}`],
        ['Id', found.id],
        ['Project', found.project.name],
        ['Status', stateCell(found.status)],
        ...(failure === null ? [] : ([['Why', `${failure.detail}\n→ ${failure.remedy}`]] as const)),
        ...(found.waitsFor === null ? [] : ([['Waits', found.waitsFor]] as const)),
        ['Documents', documentsInWords(found)],
        ['Sent', `${sized(found.bytes.sent)} of ${sized(found.bytes.total)}`],
        ['Started', `${fullMoment(found.createdAt)} by ${starterInWords(found.startedBy)}`],
        ['Ended', found.finishedAt === null ? 'not yet' : fullMoment(found.finishedAt)],
        ['Console', runAddress(place, found)],
      ]);
      answer(command, { run: found }, text);
    });
}
