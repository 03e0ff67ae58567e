import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { announceWaitingRuns, deleteRows, transaction } from '@holdfast/db';
import { type Azurite, startAzurite } from '../../tests/harness/azurite.ts';
import { startDroppingProxy } from '../../tests/harness/dropping-proxy.ts';
import { eventually } from '../../tests/harness/eventually.ts';
import {
  stateDefinitions,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { auditOf, finishedRun, itemsOf, logOf, startTestRun, type TestDocument } from '../testing/runs.ts';

let azurite: Azurite;
let instance: TestInstance;
let organization: TestOrganization;
let containers = 0;

before(async () => {
  [azurite, instance] = await Promise.all([startAzurite(), testInstance()]);
  organization = await testOrganization(instance);
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await azurite?.stop();
});

const DOCUMENTS: readonly TestDocument[] = [
  { name: 'plain.txt', bytes: Buffer.from('text'), contentType: 'text/plain' },
  { name: 'Kontoauszug März 2026.pdf', bytes: randomBytes(40_000), contentType: 'application/pdf' },
  { name: '請求書 0042.csv', bytes: Buffer.from('a;b\n1;2'), contentType: 'text/csv' },
  { name: 'empty.txt', bytes: Buffer.alloc(0), contentType: 'text/plain' },
  { name: 'large.bin', bytes: randomBytes(9 * 1024 * 1024) },
];

async function freshPublisher(value = azurite.connectionString, more: Record<string, unknown> = {}) {
  const container = `run-${++containers}`;
  await azurite.client.createContainer(container);
  const secret = await testSecret(instance, organization, `AZURE_${containers}`, value);
  const componentId = await testComponent(instance, organization, { container, ...more }, { connectionString: secret });
  return { container, secret, componentId };
}

describe('a run', { concurrency: false }, () => {
  it('publishes every document byte for byte, and a second run finds them there', async () => {
    const { container, componentId } = await freshPublisher(undefined, { folder: 'in' });
    const first = await finishedRun(instance, await startTestRun(instance, organization, [componentId], DOCUMENTS));
    assert.equal(first.status, 'succeeded', JSON.stringify(first.failure));
    const blobs = await azurite.listBlobs(container);
    assert.equal(blobs.length, DOCUMENTS.length);
    for (const document of DOCUMENTS) {
      const blob = blobs.find(({ name }) => name === `in/${document.name}`);
      assert.equal(blob?.contentType, document.contentType ?? 'application/octet-stream');
      assert.ok(document.bytes.equals(await azurite.readBlob(container, `in/${document.name}`)));
    }
    const second = await startTestRun(instance, organization, [componentId], DOCUMENTS);
    assert.equal((await finishedRun(instance, second)).status, 'succeeded');
    assert.deepEqual(new Set((await itemsOf(instance, second)).map((item) => item.status)), new Set(['unchanged']));
    assert.deepEqual(await azurite.listBlobs(container), blobs);
  });

  it('has on the record who used the secret, in which run and step, and where it went', async () => {
    const { secret, componentId } = await freshPublisher();
    const runId = await startTestRun(instance, organization, [componentId], DOCUMENTS.slice(0, 1));
    await finishedRun(instance, runId);
    const events = (await auditOf(instance, organization)).filter((event) => event.context?.run === runId);
    assert.deepEqual(
      events.map((event) => [event.action, event.outcome, event.recordedBy]),
      [
        ['secret.use', 'intent', 'data'],
        ['secret.use-outcome', 'success', 'data'],
        ['run.finish', 'success', 'data'],
      ],
    );
    const [, outcome] = events;
    assert.equal(outcome.actor.name, 'Ada Example');
    assert.deepEqual(outcome.target, { kind: 'secret', id: secret.id, name: secret.name, versionId: secret.versionId });
    assert.equal(outcome.context.destination, azurite.destination);
    assert.equal(outcome.context.step, '1');
    const used = await instance.control.selectFrom('secret').select('last_used_at').where('id', '=', secret.id).executeTakeFirstOrThrow();
    assert.ok(used.last_used_at !== null);
    const days = await instance.control.selectFrom('secret_use_day').select('uses').where('secret_id', '=', secret.id).execute();
    assert.deepEqual(days, [{ uses: 1 }]);
  });

  it('fails at once and clearly with a wrong key, which is nowhere in what it leaves', async () => {
    const wrongKey = randomBytes(64).toString('base64');
    const { secret, componentId } = await freshPublisher(azurite.connectionString.replace(azurite.accountKey, wrongKey));
    const runId = await startTestRun(instance, organization, [componentId], DOCUMENTS);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    const failure = run.failure as unknown as Record<string, unknown>;
    assert.equal(failure.code, 'upstream_credentials');
    assert.equal(failure.secretName, secret.name);
    assert.equal((failure.component as { id: string }).id, componentId);
    const left = JSON.stringify([run, await itemsOf(instance, runId), await logOf(instance, runId), await auditOf(instance, organization)]);
    assert.ok(!left.includes(wrongKey));
    const outcome = (await auditOf(instance, organization)).find(
      (event) => event.context?.run === runId && event.action === 'secret.use-outcome',
    );
    assert.equal(outcome.outcome, 'failed');
    assert.deepEqual(outcome.detail, { code: 'upstream_credentials' });
  });

  it('tries again after the network failed, with pauses, and says so in its log', async () => {
    await using proxy = await startDroppingProxy(azurite);
    const value = azurite.connectionString.replaceAll(`:${azurite.port}`, `:${proxy.port}`);
    const { container, componentId } = await freshPublisher(value);
    // The four documents that go out first all meet it, in the middle of their bytes.
    proxy.cutNext(4, 20_000);
    const documents = Array.from({ length: 6 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(60_000) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'succeeded', JSON.stringify([run.failure, await logOf(instance, runId)]));
    for (const { name, bytes } of documents) assert.ok(bytes.equals(await azurite.readBlob(container, name)));
    const items = await itemsOf(instance, runId);
    assert.ok(items.some((item) => item.attempts > 1));
    assert.ok(items.every((item) => item.failure === null));
    assert.ok((await logOf(instance, runId)).some((line) => /^warning: “.*”: attempt \d failed\. .* Trying again in/.test(line)));
  });

  it('gives up when nothing answers, and leaves the rest untried', async () => {
    const value = azurite.connectionString.replaceAll(`:${azurite.port}`, ':9');
    const { componentId } = await freshPublisher(value);
    const documents = Array.from({ length: 12 }, (_, index) => ({ name: `${index}.txt`, bytes: Buffer.from(String(index)) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    assert.match((run.failure as { detail: string }).detail, /Nothing answers at 127\.0\.0\.1:9/);
    assert.ok((await itemsOf(instance, runId)).filter((item) => item.status === 'waiting').length >= 8);
  });

  it('lets one document fail and publishes the others', async () => {
    const { container, componentId } = await freshPublisher(undefined, { existing: 'fail' });
    await azurite.client.getContainerClient(container).getBlockBlobClient('plain.txt').upload('other', 5);
    const runId = await startTestRun(instance, organization, [componentId], DOCUMENTS);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    assert.match((run.failure as { detail: string }).detail, /^1 of 5 documents could not be published\. The first: A different document/);
    assert.equal((await azurite.listBlobs(container)).length, 5);
  });

  it('publishes different documents of one name under names that tell them apart, in any order', async () => {
    const { container, componentId } = await freshPublisher();
    const same = [
      { name: 'a.txt', bytes: Buffer.from('one') },
      { name: 'a.txt', bytes: Buffer.from('two') },
      { name: 'a.txt', bytes: Buffer.from('one') },
    ];
    await finishedRun(instance, await startTestRun(instance, organization, [componentId], same));
    const names = (await azurite.listBlobs(container)).map(({ name }) => name);
    assert.equal(names.length, 2);
    assert.ok(
      names.every((name) => /^a \([0-9a-f]{8}\)\.txt$/.test(name)),
      names.join(),
    );
    await finishedRun(instance, await startTestRun(instance, organization, [componentId], same.toReversed()));
    assert.deepEqual(
      (await azurite.listBlobs(container)).map(({ name }) => name),
      names,
    );
  });

  it('that is cancelled leaves the rest', async () => {
    await using proxy = await startDroppingProxy(azurite);
    const { componentId } = await freshPublisher(azurite.connectionString.replaceAll(`:${azurite.port}`, `:${proxy.port}`));
    const documents = Array.from({ length: 60 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(300_000) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    await eventually('the first items', async () => (await itemsOf(instance, runId)).some((item) => item.status === 'published'));
    await instance.control.updateTable('run').set({ cancel_requested: true }).where('id', '=', runId).execute();
    assert.equal((await finishedRun(instance, runId)).status, 'cancelled');
    const statuses = (await itemsOf(instance, runId)).map((item) => item.status);
    assert.ok(statuses.includes('waiting') && !statuses.includes('running'), statuses.join());
  });

  it('goes on with a replaced value for the documents that are left', async () => {
    const { container, secret, componentId } = await freshPublisher();
    const documents = Array.from({ length: 80 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(100_000) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    await eventually('the first items', async () => (await itemsOf(instance, runId)).some((item) => item.status === 'published'));
    const other = await testSecret(instance, organization, `${secret.name}_B`, azurite.connectionString);
    await transaction(instance.control, async (tx) => {
      await tx
        .updateTable('binding')
        .set({ secret_id: other.id, secret_name: other.name })
        .where('component_id', '=', componentId)
        .execute();
      await stateDefinitions(tx, organization, { componentId });
    });
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.equal((await azurite.listBlobs(container)).length, 80);
    const used = (await auditOf(instance, organization)).filter((event) => event.context?.run === runId && event.action === 'secret.use');
    assert.deepEqual(
      used.map((event) => event.target.name),
      [secret.name, other.name],
    );
  });

  it('stops before the next document when the secret is deleted', async () => {
    const { secret, componentId } = await freshPublisher();
    const documents = Array.from({ length: 80 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(100_000) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    await eventually('the first items', async () => (await itemsOf(instance, runId)).some((item) => item.status === 'published'));
    await deleteRows(instance.control, 'secret', organization.id, [secret.id]);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    assert.equal((run.failure as { code: string }).code, 'secret_missing');
    const [last] = await instance.control
      .selectFrom('run_log')
      .select(['message', 'message_without_names'])
      .where('run_id', '=', run.id)
      .orderBy('sequence', 'desc')
      .execute();
    assert.match(last?.message ?? '', /AZURE_\d+/);
    assert.match(last?.message_without_names ?? '', /^The run failed: .*\. The secret does not exist\.$/);
    assert.ok((await itemsOf(instance, runId)).some((item) => item.status === 'waiting'));
  });

  it('is taken up again when its process stops in the middle, and publishes each document once', async () => {
    const { container, componentId } = await freshPublisher();
    const documents = Array.from({ length: 60 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(200_000) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    await eventually('the first items', async () => (await itemsOf(instance, runId)).some((item) => item.status === 'published'));
    await instance.plane.close();
    assert.equal(
      (await instance.control.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow()).status,
      'queued',
    );
    const before = await azurite.listBlobs(container);
    await instance.restart();
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    const blobs = await azurite.listBlobs(container);
    assert.equal(blobs.length, 60);
    const kept = new Map(blobs.map((blob) => [blob.name, blob.etag]));
    for (const blob of before) assert.equal(kept.get(blob.name), blob.etag, `${blob.name} was written again`);
    const items = await itemsOf(instance, runId);
    assert.ok(items.every((item) => item.status === 'published' || item.status === 'unchanged'));
  });

  it('that was already ended is left alone', async () => {
    const { componentId } = await freshPublisher();
    const runId = await startTestRun(instance, organization, [componentId], DOCUMENTS.slice(0, 1));
    await finishedRun(instance, runId);
    const events = (await auditOf(instance, organization)).length;
    await announceWaitingRuns(instance.control);
    await eventually('another run', async () => {
      const other = await startTestRun(instance, organization, [componentId], []);
      return (await finishedRun(instance, other)).status === 'succeeded';
    });
    assert.ok((await auditOf(instance, organization)).length <= events + 1);
  });

  for (const [how, answer, said] of [
    ['did not answer', () => undefined, /took more than 1 seconds\. It may have arrived\./],
    ['closed its connection before it answered', destroySocket, /was lost \(\w+\)\. It may have arrived\./],
  ] as const) {
    it(`sends no message again to a chat that got all of it and ${how}`, () => sendsOnce(answer, said));
  }

  async function sendsOnce(answer: (request: IncomingMessage) => void, said: RegExp): Promise<void> {
    let posts = 0;
    const chat = createServer((request) => {
      posts += 1;
      request.resume().on('end', () => answer(request));
    });
    chat.listen(0, '127.0.0.1');
    await once(chat, 'listening');
    await using hasty = await testInstance({ egressLimits: { requestMilliseconds: 1_000, bytesPerSecond: 1_024 } });
    try {
      const place = await testOrganization(hasty);
      const url = `http://127.0.0.1:${(chat.address() as AddressInfo).port}/services/T0/B0/${randomBytes(12).toString('hex')}`;
      const secret = await testSecret(hasty, place, 'SLACK', url);
      const messages = await testComponent(hasty, place, { format: 'slack' }, { url: secret }, undefined, 'webhook-publisher');
      const runId = await startTestRun(hasty, place, [messages], DOCUMENTS.slice(0, 1));
      const run = await finishedRun(hasty, runId);
      assert.equal((run.failure as { code: string }).code, 'publication_uncertain', JSON.stringify(run.failure));
      assert.match((run.failure as { detail: string }).detail, said);
      assert.equal(posts, 1);
    } finally {
      chat.closeAllConnections();
      chat.close();
    }
  }
});

function destroySocket({ socket }: IncomingMessage): void {
  socket.destroy();
}
