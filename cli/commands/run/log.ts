import { listRunLog, type RunLogLine } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable, type Tint, tinted } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';
import { followLog } from './follow-log.ts';
import { RUN_ARGUMENT, readRun } from './watching.ts';

const TINTS: Readonly<Record<string, Tint>> = { warning: 'yellow', error: 'red' };

export function registerRunLog(run: Command): void {
  run
    .command('log')
    .description('the log of a run, in which values are masked')
    .argument(...RUN_ARGUMENT)
    .option('-f, --follow', 'go on with what is written until the run has ended; with --json one object a line')
    .action(async (id: string | undefined, { follow }: { follow?: true }, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const found = await readRun(place, id);
      if (follow) {
        for await (const line of followLog(place, found)) answer(command, line, shown(line));
        return;
      }
      const log = await collect(
        readAll(place.client, listRunLog, { params: { organization: place.slug, run: found.id }, query: { limit: 200 } }),
      );
      answer(command, { log }, log.length === 0 ? 'The log is empty.' : log.map(shown).join('\n'));
    });
}

function shown({ itemName, level, message, time }: RunLogLine): string {
  const tint = TINTS[level];
  const text = `${level.padEnd(7)}  ${itemName === null ? '' : `${printable(itemName)}: `}${printable(message)}`;
  return `${tinted({ text: time.slice(0, 19).replace('T', ' '), tint: 'dim' })}  ${tinted(tint === undefined ? { text } : { text, tint })}`;
}
