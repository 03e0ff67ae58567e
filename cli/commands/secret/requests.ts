import { decideSecretRequest, listSecretRequests, requestSecret, SECRET_REQUEST_STATES, type SecretRequest } from '@holdfast/api';
import { credentialIn } from '@holdfast/configuration/credential-in';
import { answer, moment } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable, table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';
import { collect, findProject } from '../../lookup.ts';

/** `secret requests`: what members have asked owners and admins for. */
export function registerSecretRequests(secret: Command): void {
  secret
    .command('requests')
    .description('secrets that members have asked for, newest first; an editor sees their own')
    .addOption(new Option('--state <state>', 'only these').choices(SECRET_REQUEST_STATES))
    .action(async ({ state }: { state?: SecretRequest['state'] }, command: Command) => {
      const { client, slug } = await workplace();
      const { readAll } = await import('@holdfast/sdk');
      const found = await collect(readAll(client, listSecretRequests, { params: { organization: slug }, query: { state, limit: 200 } }));
      const head = ['NAME', 'STATE', 'FOR', 'BY', 'WHEN', 'ID'];
      answer(command, { requests: found }, found.length === 0 ? 'There are none.' : table(head, found.map(rowOf)));
    });
}

function rowOf(item: SecretRequest): string[] {
  const { name, state, project, component, componentType, option, askedBy, askedAt, id } = item;
  return [name, state, `${project.name} / ${component?.name ?? componentType} / ${option}`, askedBy.name, moment(askedAt), id];
}

interface RequestOptions {
  project: string;
  type: string;
  option: string;
  note?: string;
}

export function registerSecretRequest(secret: Command): void {
  secret
    .command('request')
    .description('ask owners and admins for a secret, by a name and words; never with its value')
    .argument('<name>', 'as it should be called')
    .requiredOption('--project <name>', 'the project that needs it')
    .requiredOption('--type <type>', 'the kind of component that it is for; holdfast component types lists them')
    .requiredOption('--option <option>', 'the sensitive option of it')
    .option('--note <text>', 'what it is for, and where an admin gets it')
    .action(async (name: string, options: RequestOptions, command: Command) => {
      const found = credentialIn(options.note ?? '');
      if (found !== undefined) {
        throw usageError(`The note holds what looks like ${found.words}. Nothing was sent.`, 'Say what the secret is for, not what it is.');
      }
      const place = await workplace();
      const project = await findProject(place, options.project);
      const request = await place.client.call(requestSecret, {
        params: { organization: place.slug, project: project.id },
        body: { name, componentType: options.type, option: options.option, note: options.note ?? '' },
      });
      answer(command, { request }, `Owners and admins are asked for ${printable(name)}.`);
    });
}

export function registerSecretRequestDecisions(secret: Command): void {
  secret
    .command('fulfil')
    .description('answer a request with a secret that is there (holdfast secret set NAME adds it)')
    .argument('<request>', 'its id; holdfast secret requests lists them')
    .option('--secret <name>', 'when it is not called as was asked for')
    .action(async (request: string, options: { secret?: string }, command: Command) => {
      const { client, slug } = await workplace();
      const body = { decision: 'fulfil' as const, ...(options.secret === undefined ? {} : { secretName: options.secret }) };
      await client.call(decideSecretRequest, { params: { organization: slug, request }, body });
      answer(command, { request, ...body }, 'The request is fulfilled, and who asked can choose the secret.');
    });
  secret
    .command('decline')
    .description('answer a request with a no')
    .argument('<request>', 'its id; holdfast secret requests lists them')
    .option('--reason <text>', 'why; shown to who asked')
    .action(async (request: string, options: { reason?: string }, command: Command) => {
      const { client, slug } = await workplace();
      const body = { decision: 'decline' as const, ...(options.reason === undefined ? {} : { reason: options.reason }) };
      await client.call(decideSecretRequest, { params: { organization: slug, request }, body });
      answer(command, { request, ...body }, 'The request is declined.');
    });
}
