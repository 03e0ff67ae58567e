import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createServer } from 'node:tls';
import { ContainerSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from '../../tests/harness/azure-certificate.ts';
import { type Azurite, startAzurite } from '../../tests/harness/azurite.ts';
import { testContext } from '../../tests/harness/connector-context.ts';
import { type Handler, type HttpService, httpService, SERVICE_CA } from '../../tests/harness/http-service.ts';
import { azureBlobSource as source } from './connectors.ts';

let azurite: Azurite;
let containers = 0;
before(async () => {
  azurite = await startAzurite();
});
after(async () => {
  await azurite?.stop();
});

const context = () => testContext({ destinations: [azurite.destination], values: [azurite.accountKey] });

/** Of a container that holds these. */
async function optionsWith(documents: Readonly<Record<string, Buffer>>, folder = ''): Promise<Options & { container: string }> {
  const container = `inbox-${++containers}`;
  const client = azurite.client.getContainerClient(container);
  await client.create();
  for (const [name, bytes] of Object.entries(documents)) {
    const blobContentType = name.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream';
    await client.getBlockBlobClient(name).upload(bytes, bytes.length, { blobHTTPHeaders: { blobContentType } });
  }
  return { connectionString: azurite.connectionString, container, folder };
}

function signed(container: string, permissions: string): string {
  const key = new StorageSharedKeyCredential(azurite.account, azurite.accountKey);
  const until = { startsOn: new Date(Date.now() - 3_600_000), expiresOn: new Date(Date.now() + 3_600_000) };
  const query = generateBlobSASQueryParameters(
    { containerName: container, permissions: ContainerSASPermissions.parse(permissions), ...until },
    key,
  );
  return `${azurite.client.url}/${container}?${query}`;
}

/** The emulator over TLS. A signature with its key is not of the address. */
async function overTls(): Promise<{ readonly endpoint: string } & AsyncDisposable> {
  const server = createServer({ key: AZURE_CERTIFICATE_KEY, cert: AZURE_CERTIFICATE }, (front) => {
    const back = connect(azurite.port, '127.0.0.1');
    front.on('error', () => back.destroy()).on('close', () => back.destroy());
    back.on('error', () => front.destroy()).on('close', () => front.destroy());
    front.pipe(back).pipe(front);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((closed) => server.close(() => closed())),
  };
}

/** Of a service that stands in for the emulator. */
function optionsOf({ origin }: Pick<HttpService, 'origin'>): Options {
  const { account, accountKey } = azurite;
  const endpoint = `BlobEndpoint=${origin}/${account}`;
  return { connectionString: `AccountName=${account};AccountKey=${accountKey};${endpoint}`, container: 'inbox', folder: '' };
}

const contextOf = (options: Options) =>
  testContext({ destinations: source.destinations(options), values: [azurite.accountKey], ca: SERVICE_CA });

/** As the service refuses what it was asked. */
const refuses =
  (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code, ...headers });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>canary</Message></Error>`);
  };

async function all<T>(each: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of each) found.push(one);
  return found;
}

async function listed(options: Options) {
  await using use = context();
  return await all(source.list(options, use));
}

async function bytesOf(reference: string, options: Options) {
  await using use = context();
  const { body, ...rest } = await source.read(reference, options, use);
  return { ...rest, bytes: Buffer.concat(await all(body)) };
}

async function check(options: Options) {
  await using use = context();
  return await source.check(options, use);
}

function failsAs(code: ConnectorErrorCode, message: RegExp, documentOnly = false) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.deepEqual([error.code, error.documentOnly], [code, documentOnly], error.message);
    assert.match(error.message, message);
    assert.ok(!`${error.message} ${error.remedy}`.includes(azurite.accountKey));
    return true;
  };
}

describe('reading out of Azure Blob Storage', { concurrency: false }, () => {
  it('lists what is below the folder, with a version that changes with the bytes', async () => {
    const options = await optionsWith(
      { 'in/a.pdf': Buffer.from('a'), 'in/März/b.bin': Buffer.from('bb'), 'other.txt': Buffer.from('c'), 'in/': Buffer.alloc(0) },
      'in',
    );
    const first = await listed(options);
    assert.deepEqual(
      first.map(({ reference, name, contentType, size }) => [reference, name, contentType, size]),
      [
        ['in/März/b.bin', 'März/b.bin', 'application/octet-stream', 2],
        ['in/a.pdf', 'a.pdf', 'application/pdf', 1],
      ],
    );
    await azurite.client.getContainerClient(options.container).getBlockBlobClient('in/a.pdf').upload('changed', 7);
    const second = await listed(options);
    assert.notEqual(second[1]?.version, first[1]?.version);
    assert.equal(second[0]?.version, first[0]?.version);
    assert.equal((await listed({ ...options, folder: '' })).length, 3);
  });

  it('lists and reads over TLS, from a service whose certificate is trusted and from no other', async () => {
    await using secured = await overTls();
    const bytes = randomBytes(5 * 1024 * 1024 + 1);
    const plain = await optionsWith({ 'in/März/a.pdf': bytes, 'in/b.bin': Buffer.from('b') }, 'in');
    const options = { ...plain, connectionString: azurite.connectionString.replace(azurite.destination, secured.endpoint) };
    const destinations = source.destinations(options);
    assert.deepEqual(destinations, [secured.endpoint]);
    {
      await using use = testContext({ destinations, values: [azurite.accountKey], ca: SERVICE_CA });
      assert.match(await source.check(options, use), /can be listed, and what is there can be read/);
      const found = await all(source.list(options, use));
      assert.deepEqual(
        found.map(({ name, size }) => [name, size]),
        [
          ['März/a.pdf', bytes.length],
          ['b.bin', 1],
        ],
      );
      const { body, contentType } = await source.read('in/März/a.pdf', options, use);
      assert.ok(Buffer.concat(await all(body)).equals(bytes));
      assert.equal(contentType, 'application/pdf');
    }
    await using untrusting = testContext({ destinations, values: [azurite.accountKey] });
    await assert.rejects(all(source.list(options, untrusting)), failsAs('upstream_unreachable', /no certificate that this server trusts/));
  });

  it('goes from page to page', async () => {
    const names = Array.from({ length: 1_005 }, (_, number) => `${String(number).padStart(4, '0')}.txt`);
    const options = await optionsWith({});
    const client = azurite.client.getContainerClient(options.container);
    for (let start = 0; start < names.length; start += 50) {
      await Promise.all(names.slice(start, start + 50).map((name) => client.getBlockBlobClient(name).upload('x', 1)));
    }
    assert.deepEqual(
      (await listed(options)).map(({ name }) => name),
      names,
    );
  });

  it('ends a list whose marker comes again, or is too long', async () => {
    await using service = await httpService();
    const options = optionsOf(service);
    for (const [marker, message] of [
      ['again', /“inbox” has no end: it named a page as the next one that came before/],
      ['x'.repeat(9_000), /“inbox” names its next page in more than 8,192 characters/],
    ] as const) {
      let asked = 0;
      service.answer((_, response) => {
        asked += 1;
        const next = asked < 5 ? `<NextMarker>${marker}</NextMarker>` : '<NextMarker />';
        response.writeHead(200, { 'content-type': 'application/xml' });
        response.end(`<?xml version="1.0"?><EnumerationResults ContainerName="inbox"><Blobs></Blobs>${next}</EnumerationResults>`);
      });
      await using use = contextOf(options);
      await assert.rejects(all(source.list(options, use)), failsAs('answer_invalid', message));
    }
  });

  for (const size of [0, 1, 5 * 1024 * 1024 + 1]) {
    it(`gives ${size} bytes as they are`, async () => {
      const bytes = randomBytes(size);
      const options = await optionsWith({ 'a b/100%.pdf': bytes });
      const read = await bytesOf('a b/100%.pdf', options);
      assert.ok(read.bytes.equals(bytes));
      assert.deepEqual([read.contentType, read.size], ['application/pdf', size]);
    });
  }

  it('needs Read and List, and says which one is missing', async () => {
    const options = await optionsWith({ 'a.pdf': Buffer.from('a') });
    const least = { ...options, connectionString: signed(options.container, 'rl') };
    assert.match(await check(least), /^The container “inbox-\d+” can be listed, and what is there can be read\.$/);
    assert.equal((await listed(least)).length, 1);
    assert.equal(String((await bytesOf('a.pdf', least)).bytes), 'a');
    const noList = { ...options, connectionString: signed(options.container, 'r') };
    await assert.rejects(check(noList), failsAs('upstream_credentials', /does not permit List\./));
    const noRead = { ...options, connectionString: signed(options.container, 'lcw') };
    await assert.rejects(listed(noRead), failsAs('upstream_credentials', /does not permit Read\./));
  });

  it('says what is not there, and what is not accepted', async () => {
    const options = await optionsWith({});
    assert.match(await check(options), /can be listed\. No document is there/);
    await assert.rejects(bytesOf('gone.pdf', options), failsAs('upstream_not_found', /“gone\.pdf” is not in the container/, true));
    await assert.rejects(listed({ ...options, container: 'not-there' }), failsAs('upstream_not_found', /has no container “not-there”/));
    const wrongKey = azurite.connectionString.replace(azurite.accountKey, randomBytes(64).toString('base64'));
    for (const work of [check, listed, (wrong: Options) => bytesOf('a.pdf', wrong)]) {
      await assert.rejects(
        work({ ...options, connectionString: wrongKey }),
        failsAs('upstream_credentials', /did not accept the credentials/),
      );
    }
  });

  it('says when the service is busy, in a list and in a document, and how long it asks to be left alone', async () => {
    await using service = await httpService();
    const options = optionsOf(service);
    service.answer(refuses(503, 'ServerBusy', { 'retry-after': '7' }));
    for (const work of ['list', 'read'] as const) {
      await using use = contextOf(options);
      const asked = work === 'list' ? all(source.list(options, use)) : source.read('a.bin', options, use);
      await assert.rejects(asked, (error: ConnectorError) => {
        assert.deepEqual([error.retryable, error.retryAfterMilliseconds], [true, 7_000], work);
        assert.match(error.remedy ?? '', /when the service has recovered/);
        return failsAs('upstream_refused', /is busy or does not work \(ServerBusy\)/)(error);
      });
    }
    assert.equal(service.requests.length, 2, 'the SDK tried again');
  });

  it('says that the connection was lost in the middle of a document, short or long, not that less came than was said', async () => {
    await using service = await httpService();
    const options = optionsOf(service);
    for (const length of [1_000, 5_000_000]) {
      service.answer((_, response) => {
        response.writeHead(200, { 'content-length': String(length), etag: '"0x1"' });
        response.write(Buffer.alloc(length / 2, 'x'), () => response.destroy());
      });
      await using use = contextOf(options);
      const reading = async () => all((await source.read('a.bin', options, use)).body);
      await assert.rejects(reading, (error: ConnectorError) => {
        assert.equal(error.retryable, true, error.message);
        return failsAs('upstream_unreachable', new RegExp(`^The connection to localhost:${service.port} was lost`))(error);
      });
    }
  });

  it('fails an archived document alone, and no connection test for it', async () => {
    await using service = await httpService();
    const options = optionsOf(service);
    const properties = '<Content-Length>3</Content-Length><Etag>0x1</Etag><BlobType>BlockBlob</BlobType><AccessTier>Archive</AccessTier>';
    const blob = `<Blob><Name>a.bin</Name><Properties>${properties}</Properties></Blob>`;
    const list = `<?xml version="1.0"?><EnumerationResults ContainerName="inbox"><Blobs>${blob}</Blobs><NextMarker /></EnumerationResults>`;
    for (const code of ['BlobArchived', 'BlobBeingRehydrated']) {
      service.answer((request, response) => {
        if (!request.path.includes('comp=list')) return refuses(409, code)(request, response);
        response.writeHead(200, { 'content-type': 'application/xml' }).end(list);
      });
      await using use = contextOf(options);
      assert.match(await source.check(options, use), /can be listed, and what is there can be read/);
      await assert.rejects(source.read('a.bin', options, use), (error: ConnectorError) => {
        assert.deepEqual([error.retryable, /^Rehydrate it/.test(error.remedy ?? '')], [false, true]);
        return failsAs('document_unsupported', new RegExp(`“a\\.bin” is in the archive tier.* \\(${code}\\)`), true)(error);
      });
    }
  });

  it('ends a document that holds the value which reads it', async () => {
    const options = await optionsWith({ 'leak.txt': Buffer.from(`key: ${azurite.accountKey}`) });
    await assert.rejects(bytesOf('leak.txt', options), failsAs('document_holds_value', /./, true));
  });

  it('stops in the middle when it is to stop', async () => {
    const options = await optionsWith({ 'a.bin': randomBytes(4 * 1024 * 1024) });
    const stop = new AbortController();
    await using use = testContext({ destinations: [azurite.destination], signal: stop.signal });
    const { body } = await source.read('a.bin', options, use);
    await assert.rejects(async () => {
      for await (const _ of body) stop.abort(new Error('stopped'));
    }, /stopped|abort/i);
  });
});
