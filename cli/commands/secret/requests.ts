import {
  decideSecretRequest,
  listSecretRequests,
  requestSecret,
  SECRET_REQUEST_STATES,
  type SecretRequest,
  withdrawSecretRequest,
} from '@holdfast/api';
import { credentialIn } from '@holdfast/configuration/credential-in';
import { isUuid } from '@holdfast/envelope';
import { answer, moment } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable, table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { collect, findProject } from '../../lookup.ts';

const REQUEST_ARGUMENT = ['<request>', 'the name that was asked for, or its id; holdfast secret requests lists them'] as const;

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

export function registerSecretRequestWithdrawal(secret: Command): void {
  secret
    .command('withdraw')
    .description('take back a request of your own that nobody has answered')
    .argument(...REQUEST_ARGUMENT)
    .action(async (request: string, _options, command: Command) => {
      const place = await workplace();
      const found = await findWaiting(place, request);
      await place.client.call(withdrawSecretRequest, { params: { organization: place.slug, request: found } });
      answer(command, { withdrawn: found }, 'The request is withdrawn.');
    });
}

export function registerSecretRequestDecisions(secret: Command): void {
  secret
    .command('fulfil')
    .description('answer a request with a secret that is there (holdfast secret set NAME adds it)')
    .argument(...REQUEST_ARGUMENT)
    .option('--secret <name>', 'when it is not called as was asked for')
    .action(async (request: string, options: { secret?: string }, command: Command) => {
      const place = await workplace();
      const found = await findWaiting(place, request);
      const body = { decision: 'fulfil' as const, ...(options.secret === undefined ? {} : { secretName: options.secret }) };
      await place.client.call(decideSecretRequest, { params: { organization: place.slug, request: found }, body });
      answer(command, { request: found, ...body }, 'The request is fulfilled, and who asked can choose the secret.');
    });
  secret
    .command('decline')
    .description('answer a request with a no')
    .argument(...REQUEST_ARGUMENT)
    .option('--reason <text>', 'why; shown to who asked')
    .action(async (request: string, options: { reason?: string }, command: Command) => {
      const place = await workplace();
      const found = await findWaiting(place, request);
      const body = { decision: 'decline' as const, ...(options.reason === undefined ? {} : { reason: options.reason }) };
      await place.client.call(decideSecretRequest, { params: { organization: place.slug, request: found }, body });
      answer(command, { request: found, ...body }, 'The request is declined.');
    });
}

/** The id of a request that waits. Several members may ask for the same name. */
async function findWaiting({ client, slug }: Workplace, request: string): Promise<string> {
  if (isUuid(request)) return request;
  const { readAll } = await import('@holdfast/sdk');
  const query = { state: 'waiting', limit: 200 } as const;
  const waiting = await collect(readAll(client, listSecretRequests, { params: { organization: slug }, query }));
  const named = waiting.filter(({ name }) => name === request);
  const [found] = named;
  if (found === undefined) {
    const detail = `No request for “${printable(request)}” waits.`;
    throw new CommandError(detail, { code: 'not_found', remedy: 'holdfast secret requests --state waiting lists them.' });
  }
  if (named.length === 1) return found.id;
  const each = named.map(({ id, askedBy }) => `  ${id}  ${printable(askedBy.name)}`).join('\n');
  throw usageError(`${named.length} requests for “${printable(request)}” wait:\n${each}`, 'Name it by its id.');
}
