import {
  deleteSecret,
  getSecret,
  getSecretReplacement,
  listSecretBindings,
  type ReplacedDestination,
  replacementWords,
} from '@holdfast/api';
import type { Client } from '@holdfast/sdk';
import { askFor } from '@holdfast/terminal/input';
import { answer, counted, remark } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { collect } from '../../lookup.ts';
import { bindingLine, bindingsOf } from './bindings.ts';

interface Options {
  yes?: true;
  replaceWith?: string;
}

export function registerSecretDelete(secret: Command): void {
  secret
    .command('delete')
    .alias('rm')
    .description('delete a secret for good, after showing what it will touch')
    .argument('<name>')
    .option('--yes', 'do not ask, even when it is in use')
    .option(
      '--replace-with <name>',
      'first bind everything that uses it to another secret, which may then be sent where this one was approved for',
    )
    .action(async (name: string, { yes, replaceWith }: Options, command: Command) => {
      const { client, slug } = await workplace();
      const params = { organization: slug, name };
      await client.call(getSecret, { params });
      const bindings = await bindingsOf(client, listSecretBindings, params);
      const destinations = replaceWith === undefined ? [] : await replacedDestinations(client, params, replaceWith);
      if (bindings.length > 0) {
        remark(`${name} is used in ${counted(bindings.length, 'place')}:\n${bindings.map(bindingLine).join('\n')}`);
        remark(
          replaceWith === undefined
            ? 'They will be broken: their runs fail until another secret is chosen.'
            : `They will use ${replaceWith}.`,
        );
        if (destinations.length > 0) remark(`They will send ${replaceWith} to:\n${destinations.map(destinationLine).join('\n')}`);
      }
      if (!yes) await confirm(name);
      const query = replaceWith === undefined ? { confirm: name } : { replaceWith };
      await client.call(deleteSecret, { params, query });
      const touched = { deleted: name, bindings: bindings.length, replacedWith: replaceWith ?? null, destinations };
      answer(command, touched, `${name} is deleted.`);
    });
}

/** Where the other secret would be sent, and what of it would be approved. */
async function replacedDestinations(
  client: Client,
  params: { organization: string; name: string },
  replaceWith: string,
): Promise<ReplacedDestination[]> {
  const { readAll } = await import('@holdfast/sdk');
  return collect(readAll(client, getSecretReplacement, { params, query: { replaceWith, limit: 200 } }));
}

function destinationLine(place: ReplacedDestination): string {
  return `  ${place.destination}: ${replacementWords(place)}`;
}

async function confirm(name: string): Promise<void> {
  const typed = await askFor(`Deleting cannot be undone. Type ${name} to confirm`);
  if (typed === undefined) throw usageError(`Deleting ${name} needs a confirmation, and there is no terminal to ask at.`, 'Add --yes.');
  if (typed.trim() !== name) throw new CommandError('The name does not match. Nothing was deleted.', { code: 'cancelled' });
}
