import { type DESTINATION_DECISIONS, DESTINATIONS_AT_ONCE, decideDestinations, getSecret } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

type Decision = (typeof DESTINATION_DECISIONS)[number];

const WORDS: Readonly<Record<Decision, { readonly does: string; readonly done: string }>> = {
  approve: { does: 'let the value of a secret be sent to destinations', done: 'may be sent to' },
  refuse: { does: 'answer a request with no', done: 'may not be sent to' },
  revoke: { does: 'take an approval back; the next use is refused', done: 'may no longer be sent to' },
};

export function registerDestinationDecision(destination: Command, decision: Decision): void {
  const { does, done } = WORDS[decision];
  const command = destination
    .command(decision)
    .description(does)
    .argument('<secret>', 'its name')
    .argument('<destination...>', 'a URL, or scheme://host:port');
  if (decision !== 'approve') command.option('--reason <text>', 'why; shown to who asked');
  command.action(async (name: string, destinations: string[], { reason }: { reason?: string }) => {
    const { client, slug } = await workplace();
    const params = { organization: slug };
    const { id: secretId } = await client.call(getSecret, { params: { ...params, name } });
    for (let first = 0; first < destinations.length; first += DESTINATIONS_AT_ONCE) {
      const items = destinations.slice(first, first + DESTINATIONS_AT_ONCE).map((place) => ({ secretId, destination: place }));
      await client.call(decideDestinations, { params, body: { decision, items, ...(reason === undefined ? {} : { reason }) } });
    }
    answer(command, { secret: name, destinations, decision }, destinations.map((place) => `${name} ${done} ${place}`).join('\n'));
  });
}
