import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sensitiveOptions } from '@holdfast/configuration';
import type { Options } from '@holdfast/connector';
import { sql } from 'kysely';
import { EXAMPLES } from '../../tests/connectors/examples.ts';
import { startMailServer } from '../../tests/harness/mail-server.ts';
import { sshKeyPair, startSftpServer } from '../../tests/harness/sftp-server.ts';
import { needlesOf } from '../../tests/security/canary/marker.ts';
import { type Finding, searchText } from '../../tests/security/canary/search.ts';
import { connectors } from '../connectors.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { finishedRun, startTestRun } from '../testing/runs.ts';

/** A service that knows the secrets and repeats them wherever its protocol has words of its own. */
interface Hostile extends AsyncDisposable {
  readonly port: number;
  /** What the options of the example do not say about it. */
  readonly options?: Options;
  /** How often it has repeated them. */
  said(): number;
}

const words = (secrets: readonly string[]) =>
  secrets
    .flatMap((secret) => [secret, Buffer.from(`user:${secret}`).toString('base64'), encodeURIComponent(secret), JSON.stringify({ secret })])
    .join(' ');

async function listening(server: Server, said: () => number): Promise<Hostile> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    said,
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** In the status line, in headers, and in bodies as the services of this type write them. */
function hostileHttp(secrets: readonly string[], status: number, type: string): Promise<Hostile> {
  let said = 0;
  const says = words(secrets);
  const error = { code: says, type: says, message: says, param: says };
  const answer = {
    error,
    id: says,
    type: 'message',
    role: 'assistant',
    model: says,
    stop_reason: 'end_turn',
    content: [{ type: 'text', text: says }],
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: says, refusal: null } }],
    usage: { input_tokens: 1, output_tokens: 1, prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    items: [{ name: `${says}.txt`, url: `/${secrets[0]}` }],
    output: says,
  };
  const xml = `<?xml version="1.0"?><Error><Code>AccessDenied ${secrets[0]}</Code><Message>${says.replace(/[<&]/g, '.')}</Message><RequestId>${secrets[0]}</RequestId></Error>`;
  const server = createHttpServer((request, response) => {
    request.resume();
    request.on('end', () => {
      said += 1;
      response.statusMessage = secrets[0] ?? '';
      const body = type.startsWith('azure') || type.startsWith('s3') ? xml : JSON.stringify(answer);
      response.writeHead(status, {
        'content-type': body === xml ? 'application/xml' : 'application/json',
        'x-ms-error-code': secrets[0] ?? '',
        'x-ms-request-id': secrets[0] ?? '',
        'x-amz-request-id': secrets[0] ?? '',
        'request-id': secrets[0] ?? '',
        'www-authenticate': `Bearer realm="${secrets[0]}"`,
        location: `/${secrets[0]}`,
        etag: `"${secrets[0]}"`,
      });
      response.end(body);
    });
  });
  return listening(server, () => said);
}

/** Where TLS should begin, an error message. */
function hostilePostgres(secrets: readonly string[]): Promise<Hostile> {
  let said = 0;
  const fields = Buffer.from(`SFATAL\0C28P01\0M${words(secrets)}\0D${secrets[0]}\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + 4);
  return listening(
    createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        said += 1;
        socket.end(Buffer.concat([Buffer.from('E'), length, fields]));
      });
    }),
    () => said,
  );
}

/** In its greeting, and where it refuses: the sign-in, or else the recipients. */
async function hostileMail(secrets: readonly string[], refuses: 'sign-in' | 'recipients'): Promise<Hostile> {
  let said = 0;
  const refusal = () => {
    said += 1;
    return Object.assign(new Error(words(secrets)), { responseCode: refuses === 'sign-in' ? 535 : 550 });
  };
  const server = await startMailServer({
    banner: words(secrets),
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => (refuses === 'sign-in' ? done(refusal()) : done(null, { user: username })),
    onRcptTo: (_address, _session, done) => done(refusal()),
  });
  return {
    port: server.port,
    options: { security: 'smtp', withoutTls: true },
    said: () => said,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** In its banner, and in the words of each status. */
async function hostileSftp(secrets: readonly string[], refuses: 'sign-in' | 'requests'): Promise<Hostile> {
  let said = 0;
  const password = refuses === 'sign-in' ? 'another password' : (secrets[0] ?? '');
  const server = await startSftpServer({ user: 'nobody', password, config: { banner: words(secrets) } });
  server.refuse(() => {
    said += 1;
    return { status: 4, says: words(secrets) };
  });
  return {
    port: server.port,
    options: { hostKey: server.fingerprint },
    said: () => said + server.attempts.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** In the names of a list, in two pieces that only the reader of the list joins. */
function hostileList(secrets: readonly string[], type: string, [between, piece]: Pieces): Promise<Hostile> {
  let said = 0;
  const secret = secrets[0] ?? '';
  const name = `${piece(secret.slice(0, 7))}${between}${piece(secret.slice(7))}`;
  const properties = '<Content-Length>1</Content-Length><Etag>0x1</Etag>';
  const lists: Record<string, string> = {
    'http-source': JSON.stringify([{ url: `/${name}` }]),
    'azure-blob-source': `<EnumerationResults><Blobs><Blob><Name>${name}</Name><Properties>${properties}</Properties></Blob></Blobs><NextMarker/></EnumerationResults>`,
    's3-source': `<ListBucketResult><Contents><Key>${name}</Key><Size>1</Size></Contents></ListBucketResult>`,
  };
  const server = createHttpServer((request, response) => {
    request.resume();
    request.on('end', () => {
      said += 1;
      response.setHeader('content-type', type === 'http-source' ? 'application/json' : 'application/xml');
      response.end(lists[type]);
    });
  });
  return listening(server, () => said);
}

/** What stands between two pieces of a name, and how each is written. */
type Pieces = readonly [between: string, piece: (text: string) => string];

const LISTS: Readonly<Record<string, readonly Pieces[]>> = {
  'http-source': [['\t', (text) => text]],
  'azure-blob-source': [
    ['<!-- -->', (text) => text],
    ['', (text) => `<![CDATA[${text}]]>`],
  ],
  's3-source': [
    ['<!-- -->', (text) => text],
    ['', (text) => `<![CDATA[${text}]]>`],
  ],
};

/** Lets the user in, and lists a file that has the password as its name. */
async function hostileFolder(secrets: readonly string[]): Promise<Hostile> {
  const server = await startSftpServer({ user: 'nobody', password: secrets[0] ?? '' });
  await writeFile(join(server.folder, `${secrets[0]}.txt`), 'a document');
  return {
    port: server.port,
    options: { hostKey: server.fingerprint },
    said: () => server.requests.filter(({ name }) => name === 'READDIR').length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function hostileServices(type: string, secrets: readonly string[]): Promise<Hostile>[] {
  if (type.startsWith('postgres-')) return [hostilePostgres(secrets)];
  if (type.startsWith('email-')) return [hostileMail(secrets, 'sign-in'), hostileMail(secrets, 'recipients')];
  if (type.startsWith('sftp-')) {
    const listing = type === 'sftp-source' ? [hostileFolder(secrets)] : [];
    return [hostileSftp(secrets, 'sign-in'), hostileSftp(secrets, 'requests'), ...listing];
  }
  const lists = (LISTS[type] ?? []).map((pieces) => hostileList(secrets, type, pieces));
  return [...[403, 200].map((status) => hostileHttp(secrets, status, type)), ...lists];
}

describe('a service that repeats the secret that it was sent', { concurrency: false }, () => {
  let instance: TestInstance;
  let organization: TestOrganization;
  before(async () => {
    instance = await testInstance();
    organization = await testOrganization(instance);
  });
  after(() => instance?.[Symbol.asyncDispose]());

  /** A run to its end, whatever that is. */
  async function use(type: string, options: Options): Promise<string> {
    const component = await componentOf(type, options);
    const document = { name: 'a.txt', bytes: Buffer.from('{"number":"1"}'), contentType: 'text/plain' };
    const nowhere = EXAMPLES['http-publisher']?.(1).options ?? assert.fail();
    const runId =
      connectors.get(type)?.role === 'connector'
        ? await startTestRun(instance, organization, [await componentOf('http-publisher', nowhere)], [], {
            kind: 'component',
            componentId: component,
            documents: 'all',
          })
        : await startTestRun(instance, organization, [component], [document]);
    const { status, failure } = await finishedRun(instance, runId, 60_000);
    return `${status} ${JSON.stringify(failure)}`;
  }

  /** With a secret for each option that takes one. */
  async function componentOf(type: string, options: Options): Promise<string> {
    const connector = connectors.get(type) ?? assert.fail(type);
    const plain: Record<string, unknown> = { ...options };
    const bindings: Record<string, Awaited<ReturnType<typeof testSecret>>> = {};
    for (const name of sensitiveOptions(connector.type)) {
      if (typeof options[name] !== 'string') continue;
      delete plain[name];
      const destinations = [...connector.destinations(options)];
      bindings[name] = await testSecret(instance, organization, `S_${crypto.randomUUID()}`, options[name], { destinations });
    }
    return testComponent(instance, organization, plain, bindings, undefined, type);
  }

  /** Every row of every table, as text; bytes in hexadecimal. */
  async function findings(secrets: readonly string[]): Promise<Finding[]> {
    const { rows: tables } = await sql<{ name: string }>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`.execute(instance.owner);
    const found: Finding[] = [];
    for (const { name } of tables) {
      const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(name)} t`.execute(instance.owner);
      const text = rows.map(({ row }) => row).join('\n');
      for (const secret of secrets) found.push(...searchText(needlesOf(secret), name, text));
    }
    return found;
  }

  for (const type of connectors.keys()) {
    it(`leaves it in no row of the database: ${type}`, { timeout: 180_000 }, async () => {
      const example = EXAMPLES[type] ?? assert.fail(`No example of ${type}.`);
      for (const starting of hostileServices(type, example(1).secrets)) {
        await using service = await starting;
        const { options, secrets } = example(service.port);
        const ended = await use(type, { ...options, ...service.options });
        assert.ok(service.said() > 0, `It was not asked: ${ended}`);
        assert.deepEqual(await findings(secrets), [], ended);
      }
    });
  }

  it('leaves nothing of a private key and its passphrase', async () => {
    const passphrase = 'a-passphrase-of-nobody-71c0';
    const privateKey = sshKeyPair({ passphrase }).private;
    const secrets = [passphrase, privateKey.split('\n')[2] ?? assert.fail()];
    await using service = await hostileSftp(secrets, 'sign-in');
    const { password: _, ...options } = EXAMPLES['sftp-publisher']?.(service.port).options ?? assert.fail();
    const ended = await use('sftp-publisher', { ...options, ...service.options, privateKey, passphrase });
    assert.ok(service.said() > 0, ended);
    assert.deepEqual(await findings(secrets), [], ended);
  });

  it('is found by the same search when something is left', async () => {
    const runId = await startTestRun(instance, organization, [], [{ name: 'planted.txt', bytes: Buffer.from('planted-secret-5521') }]);
    assert.ok(runId);
    assert.notDeepEqual(await findings(['planted-secret-5521']), []);
  });
});
