import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from '@holdfast/connector';
import type { Azurite } from '../../harness/azurite.ts';
import { type HttpService, httpService, type ReceivedRequest } from '../../harness/http-service.ts';
import { startMailServer } from '../../harness/mail-server.ts';
import { startModelServer } from '../../harness/model-server.ts';
import { postgresServer } from '../../harness/postgres-server.ts';
import { s3Service } from '../../harness/s3-service.ts';
import { sshKeyPair, startSftpServer } from '../../harness/sftp-server.ts';

/** A real service that takes the values which are planted for one type, and refuses all others. */
export interface PlantedService extends AsyncDisposable {
  readonly port: number;
  /**
   * Of a component that reaches it at this port of 127.0.0.1, the values in them: those that it takes, or
   * those that it refuses.
   */
  options(port: number, takes: boolean): Options;
}

/** What is planted as one option; what the service refuses is another value. */
type ValueOf = (option: string, takes: boolean) => string;

interface Place {
  readonly marker: string;
  readonly value: ValueOf;
  /** Its account has a key that holds the marker. */
  readonly azurite: Azurite;
}

export const CONTAINER = 'canary';
const SOURCE_DOCUMENT = { name: 'order.json', text: '{"number":"R1","total":12.5}' };

/**
 * One line for each type that a data plane runs: a type without one fails the canary test by its name. Every
 * option that takes a secret is in it somewhere.
 */
export const SERVICES: Readonly<Record<string, (place: Place) => Promise<PlantedService>>> = {
  'azure-blob-publisher': async ({ azurite }) => azure(azurite, { createContainer: true }),
  'azure-blob-source': async ({ azurite, marker }) => {
    const container = azurite.client.getContainerClient(CONTAINER);
    await container.createIfNotExists();
    await container.getBlockBlobClient(`in/${SOURCE_DOCUMENT.name}`).upload(SOURCE_DOCUMENT.text, SOURCE_DOCUMENT.text.length);
    const { port, options, ...rest } = azure(azurite, { folder: 'in' });
    const signature = encodeURIComponent(`${marker}${'R'.repeat(23)}=`);
    const query = `sv=2024-11-04&sr=c&sp=rl&se=2099-01-01T00%3A00%3A00Z&sig=${signature}`;
    return {
      port,
      ...rest,
      // Refused by another kind of credentials than those that are taken.
      options: (at, takes) => ({
        ...options(at, takes),
        ...(!takes && { connectionString: `http://127.0.0.1:${at}/${azurite.account}/${CONTAINER}?${query}` }),
      }),
    };
  },
  'http-source': ({ value }) =>
    http(
      value,
      ({ headers }) => headers.authorization === `Bearer ${value('credential', true)}`,
      (port) => ({ url: `http://127.0.0.1:${port}/list`, authentication: 'bearer' }),
    ),
  'http-model': ({ value }) =>
    http(
      value,
      ({ headers }) => headers['x-key'] === value('credential', true),
      (port) => ({ url: `http://127.0.0.1:${port}/infer`, authentication: 'header', headerName: 'X-Key', connectionTest: 'send' }),
    ),
  'http-publisher': ({ value }) =>
    http(
      value,
      ({ headers }) => headers.authorization === `Basic ${Buffer.from(`ada:${value('credential', true)}`).toString('base64')}`,
      (port) => ({ baseUrl: `http://127.0.0.1:${port}/files`, authentication: 'basic', userName: 'ada', connectionTest: 'send' }),
    ),
  'webhook-publisher': async ({ value }) => {
    const service = await echoing(({ path }) => path === `/hooks/${value('url', true)}`);
    return serving(service, (port, takes) => ({
      url: `http://127.0.0.1:${port}/hooks/${value('url', takes)}`,
      signingSecret: value('signingSecret', takes),
      connectionTest: 'send',
    }));
  },
  'anthropic-model': ({ value }) => model(value, ''),
  'openai-model': ({ value }) => model(value, '/v1'),
  'postgres-source': ({ value }) => postgres(value, 'select on ordered', { query: 'select * from ordered', keyColumn: 'number' }),
  'postgres-publisher': ({ value }) =>
    postgres(value, 'select, insert, update on ordered', {
      table: 'public.ordered',
      columns: 'number = /number; total = /total',
      keyColumns: 'number',
    }),
  's3-source': ({ value }) => s3(value, SOURCE_DOCUMENT),
  's3-publisher': ({ value }) => s3(value),
  'sftp-source': ({ value, marker }) => {
    const pair = keyThatHolds(marker);
    return sftp(value, { publicKey: pair.public }, { privateKey: pair.private });
  },
  'sftp-publisher': ({ value }) => sftp(value, { password: value('password', true) }, { password: value('password', true) }),
  'email-publisher': async ({ value }) => {
    const service = await startMailServer({
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      onAuth: ({ username, password = '' }, _session, done) =>
        password === value('password', true)
          ? done(null, { user: username })
          : done(Object.assign(new Error(`${password} is not the password`), { responseCode: 535 })),
    });
    return serving(service, (port, takes) => ({
      ...{ host: '127.0.0.1', port, security: 'smtp', withoutTls: true, user: 'filing', password: value('password', takes) },
      ...{ from: 'filing@example.com', to: 'ada@example.org' },
    }));
  },
};

function serving(service: { readonly port: number } & AsyncDisposable, options: PlantedService['options']): PlantedService {
  return { port: service.port, options, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

/** The account is the caller's, and ends with it. */
function azure(azurite: Azurite, more: Options): PlantedService {
  const { port, connectionString } = azurite;
  return {
    port,
    options: (at, takes) => ({
      connectionString: (takes ? connectionString : connectionString.replace('QQQQ', 'RRRR')).replace(`:${port}/`, `:${at}/`),
      container: CONTAINER,
      ...more,
    }),
    async [Symbol.asyncDispose]() {},
  };
}

/** Lists documents, makes something of them, takes them; what it refuses, it repeats, as many services do. */
async function echoing(knows: (request: ReceivedRequest) => boolean): Promise<HttpService> {
  const service = await httpService({ tls: false });
  service.answer((request, response) => {
    const { method, path, headers } = request;
    if (!knows(request)) {
      const given = headers.authorization ?? headers['x-key'] ?? path;
      response.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': `Bearer error="${given}"` });
      response.end(JSON.stringify({ error: { message: `${given} is not known here` } }));
    } else if (path === '/list') response.end(JSON.stringify([{ url: `/${SOURCE_DOCUMENT.name}`, name: SOURCE_DOCUMENT.name }]));
    else if (path === '/infer') response.writeHead(200, { 'content-type': 'application/json' }).end('{"said":"yes"}');
    else if (method === 'GET') response.writeHead(200, { 'content-type': 'application/json' }).end(SOURCE_DOCUMENT.text);
    else response.writeHead(201).end();
  });
  return service;
}

async function http(value: ValueOf, knows: (request: ReceivedRequest) => boolean, options: (port: number) => Options) {
  return serving(await echoing(knows), (port, takes) => ({ ...options(port), credential: value('credential', takes) }));
}

async function model(value: ValueOf, path: string): Promise<PlantedService> {
  const server = await startModelServer({ tls: false, key: value('apiKey', true), answers: () => 'A summary.' });
  return {
    port: Number(new URL(server.origin).port),
    options: (port, takes) => ({
      apiKey: value('apiKey', takes),
      baseUrl: `http://127.0.0.1:${port}${path}`,
      model: server.model,
      task: 'summarize',
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** On the server of the tests, which is another than that of Holdfast. */
async function postgres(value: ValueOf, grant: string, more: Options): Promise<PlantedService> {
  const server = await postgresServer();
  await server.client.query("create table ordered (number text primary key, total numeric); insert into ordered values ('R0', 1)");
  const password = value('connectionString', true);
  const name = `canary_${createHash('sha256').update(password).digest('hex').slice(0, 12)}`;
  await server.role(['usage on schema public', grant], { name, password });
  return serving(server, (port, takes) => ({
    connectionString: `postgres://${name}:${value('connectionString', takes)}@127.0.0.1:${port}/${server.database}?sslmode=disable`,
    ...more,
  }));
}

async function s3(value: ValueOf, holds?: typeof SOURCE_DOCUMENT): Promise<PlantedService> {
  const pair = { accessKeyId: value('accessKeyId', true), secretAccessKey: value('secretAccessKey', true) };
  const service = await s3Service({ tls: false, ...pair });
  service.createBucket(CONTAINER);
  if (holds !== undefined) await service.put(CONTAINER, holds.name, holds.text);
  return serving(service, (port, takes) => ({
    endpoint: `http://127.0.0.1:${port}`,
    region: service.region,
    bucket: CONTAINER,
    accessKeyId: pair.accessKeyId,
    secretAccessKey: value('secretAccessKey', takes),
    sessionToken: value('sessionToken', takes),
  }));
}

/** Refused are a password, and a key that has a passphrase. */
async function sftp(value: ValueOf, known: { publicKey?: string; password?: string }, login: Options): Promise<PlantedService> {
  const server = await startSftpServer(known);
  await writeFile(join(server.folder, SOURCE_DOCUMENT.name), SOURCE_DOCUMENT.text);
  const passphrase = value('passphrase', false);
  const refused = { password: value('password', false), privateKey: sshKeyPair({ passphrase }).private, passphrase };
  return serving(server, (port, takes) => ({
    host: '127.0.0.1',
    port,
    hostKey: server.fingerprint,
    user: 'ada',
    ...(takes ? login : refused),
  }));
}

/** Its comment is moved until the marker, which is base64, stands whole in a line of the file. */
function keyThatHolds(marker: string): ReturnType<typeof sshKeyPair> {
  for (let before = 0; ; before += 1) {
    const pair = sshKeyPair({ comment: `${'.'.repeat(before)}${Buffer.from(marker, 'base64').toString()}` });
    if (pair.private.includes(marker)) return pair;
  }
}
