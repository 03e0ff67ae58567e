import { addedDestinations, getSecret, METADATA_WORDS } from '@holdfast/api';
import { answer, remark } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { repeatable } from '../repeatable.ts';
import { checkMetadata, type MetadataOptions, metadataOf, metadataOptions } from './metadata.ts';

interface Options extends MetadataOptions {
  destination?: readonly string[];
}

export function registerSecretEdit(secret: Command): void {
  metadataOptions(
    secret.command('edit').description('change what is known about a secret, and leave its value as it is').argument('<name>'),
  )
    .option<readonly string[] | undefined>(
      '--destination <origin>',
      'narrow where the value may be sent: scheme://host:port, several times for several; none takes that away',
      repeatable,
    )
    .action(async (name: string, options: Options, command: Command) => {
      checkMetadata(options);
      const place = await workplace();
      const { destination } = options;
      const destinations = destination?.includes('none') ? [] : destination && [...destination];
      const metadata = { ...(await metadataOf(options, place)), ...(destinations === undefined ? {} : { destinations }) };
      if (Object.keys(metadata).length === 0)
        throw usageError('Nothing would change.', 'holdfast secret edit --help lists what can be changed.');
      const former = destinations?.length ? await destinationsOf(place, name) : [];
      const { changeSecret } = await import('@holdfast/sdk');
      const { changed, secret: known } = await changeSecret(place.client, { organization: place.slug, name, metadata });
      const words = changed.map((field) => METADATA_WORDS[field]).join(', ');
      answer(
        command,
        { secret: known, changed },
        changed.length === 0 ? `${name} is like that already.` : `${name}: ${words} changed. Its value is the same.`,
      );
      if (destinations !== undefined) remarkWidening(name, former, destinations);
    });
}

async function destinationsOf({ client, slug }: Workplace, name: string): Promise<readonly string[]> {
  return (await client.call(getSecret, { params: { organization: slug, name } })).destinations;
}

/** The server cannot know it: what is sealed with a value is seen by nobody. */
function remarkWidening(name: string, former: readonly string[], destinations: readonly string[]): void {
  const added = addedDestinations(former, destinations);
  if (added.length === 0) return;
  const command = ['holdfast secret set', name, ...destinations.map((each) => `--destination ${each}`)].join(' ');
  remark(`If destinations were sealed with the value, it goes to ${added.join(', ')} only once it is given again: ${command}`);
}
