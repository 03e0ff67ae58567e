import { listDestinations, setDestinationMode } from '@holdfast/api';
import { DESTINATION_MODES, type DestinationMode } from '@holdfast/envelope';
import { answer } from '@holdfast/terminal/output';
import { Argument, type Command } from 'commander';
import { workplace } from '../../connection.ts';

const WORDS: Readonly<Record<DestinationMode, string>> = {
  enforce: 'enforce: a value goes to no destination that nobody has approved.',
  observe: 'observe: a use goes on to a destination that nobody has approved, and is recorded.',
};

export function registerDestinationMode(destination: Command): void {
  destination
    .command('mode')
    .description('show or change what becomes of a use whose destination nobody has approved')
    .addArgument(new Argument('[mode]', 'what to change it to').choices(DESTINATION_MODES))
    .action(async (wanted: DestinationMode | undefined, _options, command: Command) => {
      const { client, slug } = await workplace();
      const params = { organization: slug };
      if (wanted !== undefined) await client.call(setDestinationMode, { params, body: { mode: wanted } });
      const { mode, counts } = await client.call(listDestinations, { params, query: { limit: 1 } });
      answer(command, { mode, counts }, WORDS[mode]);
    });
}
