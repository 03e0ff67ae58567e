import { getWorkflow, listRunItems, type Run, type RunItem, retryRun, startRun } from '@holdfast/api';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';
import { repeatable } from '../repeatable.ts';
import { answerStarted, readRun, WATCH_OPTION } from './watching.ts';

interface Options {
  readonly item?: readonly string[];
  readonly failed?: true;
  readonly all?: true;
  readonly watch?: true;
}

export function registerRunRetry(run: Command): void {
  run
    .command('retry')
    .description('take a run up again that has ended: what failed or was not sent goes on, what is published stays as it is')
    .argument('<run>', 'its number or id')
    .addOption(new Option('--item <name>', 'this document alone; can be repeated').argParser(repeatable).conflicts(['failed', 'all']))
    .addOption(new Option('--failed', 'only documents that failed, not those that were not sent').conflicts('all'))
    .option('--all', 'start a new run with all of its documents instead')
    .option(...WATCH_OPTION)
    .action(async (id: string, options: Options, command: Command) => {
      const place = await workplace();
      const earlier = await readRun(place, id);
      const again = options.all ? await startAgain(place, earlier) : await takeUpAgain(place, earlier, options);
      await answerStarted(command, place, again, options.watch === true);
    });
}

async function startAgain({ client, slug }: Workplace, earlier: Run): Promise<Run> {
  const params = { organization: slug, workflow: earlier.workflow.id };
  const { source } = await client.call(getWorkflow, { params });
  return client.call(startRun, { params, body: source.kind === 'upload' ? { documentsOf: earlier.id } : {} });
}

async function takeUpAgain(place: Workplace, earlier: Run, { item: names, failed }: Options): Promise<Run> {
  const params = { organization: place.slug, run: earlier.id };
  if (names === undefined) return place.client.call(retryRun, { params, body: { items: failed ? 'failed' : 'unfinished' } });
  const { readAll } = await import('@holdfast/sdk');
  const items = await collect(readAll(place.client, listRunItems, { params, query: { limit: 200 } }));
  return place.client.call(retryRun, { params, body: { itemIds: names.flatMap((name) => idsOf(items, name)) } });
}

function idsOf(items: readonly RunItem[], name: string): string[] {
  const named = items.filter((item) => item.name === name);
  if (named.length === 0) throw usageError(`The run has no document “${printable(name)}”.`, 'holdfast run items shows them.');
  const open = named.filter(({ status }) => status !== 'published' && status !== 'unchanged');
  if (open.length > 0) return open.map(({ id }) => id);
  throw new CommandError(`“${printable(name)}” is published already.`, {
    code: 'nothing_to_retry',
    remedy: 'holdfast run retry RUN --all starts a new run with every document.',
  });
}
