import { ITEM_STATUSES, itemStatusInWords, listRunItems } from '@holdfast/api';
import { answer, sized } from '@holdfast/terminal/output';
import { stateCell, table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';
import { RUN_ARGUMENT, readRun } from './watching.ts';

export function registerRunItems(run: Command): void {
  run
    .command('items')
    .description('documents of a run: where each was published, or why it was not')
    .argument(...RUN_ARGUMENT)
    .addOption(new Option('--status <status>', 'only those').choices(ITEM_STATUSES))
    .action(async (id: string | undefined, { status }: { status?: (typeof ITEM_STATUSES)[number] }, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const found = await readRun(place, id);
      const request = { params: { organization: place.slug, run: found.id }, query: { status, limit: 200 } };
      const items = await collect(readAll(place.client, listRunItems, request));
      const rows = items.map((item) => [
        item.name,
        sized(item.size),
        { ...stateCell(item.status), text: itemStatusInWords(item.status, found.finishedAt === null) },
        item.failure === null ? (item.publishedAs ?? '') : item.failure.detail,
      ]);
      answer(command, { items }, items.length === 0 ? 'No documents.' : table(['DOCUMENT', 'SIZE', 'STATUS', 'WHERE, OR WHY NOT'], rows));
    });
}
