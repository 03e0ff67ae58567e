import { DESTINATION_STATES, listDestinations, type SecretDestination } from '@holdfast/api';
import { answer, counted, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';

interface Options {
  state?: SecretDestination['state'];
  secret?: string;
}

export function registerDestinationList(destination: Command): void {
  destination
    .command('list')
    .alias('ls')
    .description('destinations that were asked for, approved, refused or revoked, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(DESTINATION_STATES))
    .option('--secret <name>', 'of one secret')
    .action(async ({ state, secret }: Options, command: Command) => {
      const { client, slug } = await workplace();
      const query = { limit: 200, ...(state === undefined ? {} : { state }), ...(secret === undefined ? {} : { secret }) };
      const ask = (cursor?: string) =>
        client.call(listDestinations, { params: { organization: slug }, query: { ...query, ...(cursor === undefined ? {} : { cursor }) } });
      let page = await ask();
      const { mode, counts } = page;
      const items = [...page.items];
      while (page.nextCursor !== null) {
        page = await ask(page.nextCursor);
        items.push(...page.items);
      }
      const shown =
        items.length === 0 ? 'There are none.' : table(['SECRET', 'DESTINATION', 'STATE', 'FOR', 'BY', 'WHEN'], items.map(rowOf));
      const observed = `Observed only: ${counted(counts.refusedByEnforce, 'destination')} would be refused by “enforce”.`;
      answer(command, { destinations: items, mode, counts }, mode === 'observe' ? `${shown}\n${observed}` : shown);
    });
}

function rowOf(item: SecretDestination): string[] {
  const { secret, destination, state, ownDestinations, askedFor, usedBy, askedBy, askedAt, decidedBy, decidedAt } = item;
  const consumer = askedFor ?? usedBy[0];
  return [
    secret.name ?? 'own value',
    destination,
    ownDestinations === null ? state : `${state}; ${ownDestinations === 'hold-it' ? 'one of its own' : 'not among its own'}`,
    consumer === undefined ? '' : `${consumer.project.name} / ${consumer.name}`,
    (decidedBy ?? askedBy)?.name ?? '',
    moment(decidedAt ?? askedAt),
  ];
}
