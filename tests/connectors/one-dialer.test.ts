import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { BlobServiceClient } from '@azure/storage-blob';
import type { Connector, ConnectorContext, Options } from '@holdfast/connector';
import { azureBlob } from '@holdfast/connector-azure-blob';
import { s3Publisher } from '@holdfast/connector-s3';
import { connectors } from '../../data/connectors.ts';
import { AZURE_CERTIFICATE } from '../harness/azure-certificate.ts';
import { type Azurite, startAzurite } from '../harness/azurite.ts';
import { testContext, testDocument } from '../harness/connector-context.ts';
import { watchDials } from '../harness/dials.ts';
import { freePort } from '../harness/ports.ts';
import { s3Service } from '../harness/s3-service.ts';
import { makeMarker } from '../security/canary/marker.ts';
import { SERVICES } from '../security/canary/services.ts';
import { overTls } from './examples.ts';

describe('of all that opens a connection', { concurrency: false }, () => {
  it('the watch sees it, whichever of the platform it uses', async () => {
    const ignore = () => {};
    // Not a port that browsers refuse.
    const port = await freePort();
    // Without its retries, which the next watch would see.
    const unrepeated = BlobServiceClient.fromConnectionString('UseDevelopmentStorage=true', { retryOptions: { maxTries: 1 } });
    for (const [what, dial] of [
      ['net', () => connect(port, '127.0.0.1').on('error', ignore)],
      ['tls', () => connectTls(port, '127.0.0.1').on('error', ignore)],
      ['http', () => request(`http://127.0.0.1:${port}`).on('error', ignore).end()],
      ['https', () => requestTls(`https://127.0.0.1:${port}`).on('error', ignore).end()],
      ['fetch', () => fetch(`http://127.0.0.1:${port}`).catch(ignore)],
      ['WebSocket', () => new WebSocket(`ws://127.0.0.1:${port}`).addEventListener('error', ignore)],
      ['dns', () => lookup('127.0.0.1').catch(ignore)],
      ['an SDK of its own', () => unrepeated.getProperties().catch(ignore)],
    ] as const) {
      using watched = watchDials();
      dial();
      await new Promise((done) => setTimeout(done, 300));
      assert.ok(watched.others().length > 0, what);
    }
  });

  it('the SDK of Azure dials nothing by itself when it is handed our fetch', async () => {
    await using azurite = await startAzurite();
    await azurite.client.createContainer('docs');
    const options = { connectionString: azurite.connectionString, container: 'docs' };
    await using context = testContext({ destinations: azureBlob.destinations(options), values: [azurite.accountKey] });
    using watched = watchDials();
    assert.match(await azureBlob.check(options, context), /accepts the credentials/);
    await azureBlob.publish(testDocument('large.bin', randomBytes(9 * 1024 * 1024)), options, context);
    await azureBlob.publish(testDocument('small.txt', Buffer.from('one')), options, context);
    assert.ok(watched.dials.length > 0);
    assert.deepEqual(watched.others(), []);
  });

  it('the SDK of S3 dials nothing by itself when it is handed our fetch', async () => {
    await using service = await s3Service({ tls: false });
    service.createBucket('docs');
    const { origin: endpoint, region, accessKeyId, secretAccessKey } = service;
    const options = { endpoint, region, bucket: 'docs', accessKeyId, secretAccessKey };
    await using context = testContext({ destinations: s3Publisher.destinations(options), values: [secretAccessKey] });
    using watched = watchDials();
    assert.match(await s3Publisher.check(options, context), /accepts the credentials/);
    await s3Publisher.publish(testDocument('large.bin', randomBytes(9 * 1024 * 1024)), options, context);
    await s3Publisher.publish(testDocument('small.txt', Buffer.from('one')), options, context);
    assert.ok(watched.dials.length > 0);
    // The service, which is in this process too, asks its store.
    const others = watched.others().filter(({ through }) => through[0] !== 'tests/harness/s3-service.ts');
    assert.deepEqual(others, []);
  });
});

/** Servers in this process ask a store or a database behind them: what they dial is not a connector's. */
const SERVERS = ['tests/harness/s3-service.ts', 'tests/harness/postgres-server.ts'];

describe('from its connection test to its good-bye, nothing but the egress dials for a component of the type', {
  concurrency: false,
}, () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite?.stop());

  for (const [type, connector] of connectors) {
    const ways: readonly (readonly [how: string, more: (options: Options) => Options])[] = [
      ['', () => ({})],
      ...(overTls(type) === 'postgres' ? [[' over TLS', withCertificate] as const] : []),
    ];
    for (const [how, more] of ways) {
      it(type + how, async () => {
        const start = SERVICES[type] ?? assert.fail(`tests/security/canary/services.ts has no service for the type ${type}.`);
        const marker = makeMarker();
        await using service = await start({ marker, value: (option) => `${marker}.${option}`, azurite });
        const given = service.options(service.port, true);
        const options = { ...given, ...more(given) };
        using watched = watchDials();
        {
          await using context = testContext({ destinations: connector.destinations(options) });
          assert.match(await connector.check(options, context), /\.$/);
          assert.equal(await documentsThrough(connector, options, context), 1);
        }
        assert.deepEqual(
          watched.others().filter(({ through }) => !SERVERS.includes(through[0] ?? '')),
          [],
        );
        assert.ok(watched.dials.some(({ through }) => through.some((path) => path.startsWith('data/egress/'))));
      });
    }
  }
});

function withCertificate({ connectionString }: Options): Options {
  const verified = String(connectionString).replace('sslmode=disable', 'sslmode=verify-full');
  assert.notEqual(verified, connectionString, 'The service names no sslmode=disable, so that this would try no TLS.');
  return { connectionString: verified, certificateAuthority: AZURE_CERTIFICATE };
}

/** Of how many documents it did what its role is. */
async function documentsThrough(connector: Connector, options: Options, context: ConnectorContext): Promise<number> {
  const document = testDocument('order.json', Buffer.from('{"number":"R2","total":3}'), 'application/json');
  let documents = 0;
  switch (connector.role) {
    case 'connector':
      for await (const { reference } of connector.list(options, context)) {
        const { body } = await connector.read(reference, options, context);
        let bytes = 0;
        for await (const piece of body) bytes += piece.length;
        assert.ok(bytes > 0);
        documents += 1;
      }
      return documents;
    case 'model':
      for await (const { body } of await connector.transform(document, options, context)) {
        if (typeof body !== 'string' && !(body instanceof Uint8Array)) for await (const _ of body);
        documents += 1;
      }
      return documents;
    case 'publisher':
      assert.equal((await connector.publish(document, options, context)).outcome, 'published');
      return 1;
  }
}
