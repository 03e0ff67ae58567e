import { listRunLog } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable, type Tint, tinted } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';
import { RUN_ARGUMENT, readRun } from './watching.ts';

const TINTS: Readonly<Record<string, Tint>> = { warning: 'yellow', error: 'red' };

export function registerRunLog(run: Command): void {
  run
    .command('log')
    .description('the log of a run, in which values are masked')
    .argument(...RUN_ARGUMENT)
    .action(async (id: string | undefined, _options, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const found = await readRun(place, id);
      const log = await collect(
        readAll(place.client, listRunLog, { params: { organization: place.slug, run: found.id }, query: { limit: 200 } }),
      );
      const lines = log.map(({ itemName, level, message, time }) => {
        const tint = TINTS[level];
        const text = `${level.padEnd(7)}  ${itemName === null ? '' : `${printable(itemName)}: `}${printable(message)}`;
        return `${tinted({ text: time.slice(0, 19).replace('T', ' '), tint: 'dim' })}  ${tinted(tint === undefined ? { text } : { text, tint })}`;
      });
      answer(command, { log }, lines.length === 0 ? 'The log is empty.' : lines.join('\n'));
    });
}
