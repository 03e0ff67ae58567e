import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { BlobServiceClient } from '@azure/storage-blob';
import { anthropicModel } from '@holdfast/connector-anthropic';
import { azureBlob } from '@holdfast/connector-azure-blob';
import { openaiModel } from '@holdfast/connector-openai';
import { s3Publisher } from '@holdfast/connector-s3';
import { startAzurite } from '../harness/azurite.ts';
import { testContext, testDocument } from '../harness/connector-context.ts';
import { watchDials } from '../harness/dials.ts';
import { startModelServer } from '../harness/model-server.ts';
import { freePort } from '../harness/ports.ts';
import { s3Service } from '../harness/s3-service.ts';

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

  it('the SDKs of OpenAI and Anthropic dial nothing by themselves when they are handed our fetch', async () => {
    await using server = await startModelServer({ tls: false });
    for (const [connector, baseUrl] of [
      [openaiModel, `${server.origin}/v1`],
      [anthropicModel, server.origin],
    ] as const) {
      const options = { apiKey: server.key, baseUrl, model: server.model, task: 'summarize' };
      server.turns.push({ says: 'A summary.' });
      await using context = testContext({ destinations: connector.destinations(options), values: [server.key] });
      using watched = watchDials();
      const document = testDocument('a.txt', Buffer.from('Some text to summarize.'), 'text/plain');
      let results = 0;
      for await (const _ of await connector.transform(document, options, context)) results += 1;
      assert.equal(results, 1);
      assert.ok(watched.dials.length > 0);
      assert.deepEqual(watched.others(), []);
    }
  });
});
