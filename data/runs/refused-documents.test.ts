import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type AzureStandIn, type SignatureOptions, signatureFor, startAzureStandIn } from '../../tests/harness/azure-stand-in.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun, type TestDocument } from '../testing/runs.ts';

let service: AzureStandIn;
let instance: TestInstance;
let organization: TestOrganization;
let secrets = 0;

before(async () => {
  [service, instance] = await Promise.all([startAzureStandIn({ plain: true }), testInstance()]);
  organization = await testOrganization(instance);
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  service.containers.clear();
  service.containers.set('docs', new Map());
  service.requests.length = 0;
});

async function publishWith(signature: SignatureOptions, documents: readonly TestDocument[], options: Record<string, unknown> = {}) {
  const value = `http://127.0.0.1:${service.port}/acme/docs?${signatureFor(service, { container: 'docs', ...signature })}`;
  const secret = await testSecret(instance, organization, `SAS_${++secrets}`, value);
  const componentId = await testComponent(instance, organization, { container: 'docs', ...options }, { connectionString: secret });
  const runId = await startTestRun(instance, organization, [componentId], documents);
  const run = await finishedRun(instance, runId, 60_000);
  const left = JSON.stringify([run, await itemsOf(instance, runId), await logOf(instance, runId)]);
  assert.doesNotMatch(left, /sig=|String to sign/);
  return { run, runId, items: await itemsOf(instance, runId), log: await logOf(instance, runId) };
}

const failureOf = (item: { failure: unknown } | undefined) => item?.failure as { code: string; detail: string; remedy: string } | null;
const documents = (names: readonly string[]): TestDocument[] => names.map((name) => ({ name, bytes: Buffer.from(name) }));
const blobs = () => [...(service.containers.get('docs')?.keys() ?? [])].sort();

describe('a document that the service refuses', { concurrency: false }, () => {
  it('fails alone, with its own words: an overwrite that is not permitted', async () => {
    await publishWith({ permissions: 'c' }, documents(['b.txt']));
    const { run, items } = await publishWith({ permissions: 'c' }, documents(['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt', 'f.txt']));
    assert.equal(run.status, 'failed');
    assert.match(
      (run.failure as { detail: string }).detail,
      /^1 of 6 documents could not be published\. The first: “b\.txt” is there already/,
    );
    assert.deepEqual(
      items.map((item) => item.status),
      ['published', 'failed', 'published', 'published', 'published', 'published'],
    );
    assert.match(failureOf(items[1])?.remedy ?? '', /permits Write as well/);
    assert.equal(items[1]?.attempts, 1);
  });

  it('fails alone: blocks that another program left under its name', async () => {
    service.leaveBlock('docs', 'big.bin');
    const { items } = await publishWith({ permissions: 'cw' }, [
      { name: 'big.bin', bytes: randomBytes(5_000_000) },
      ...documents(['a.txt', 'b.txt']),
    ]);
    assert.match(
      failureOf(items[0])?.detail ?? '',
      /“big\.bin” has blocks of an upload that another program did not finish.*\(InvalidBlobOrBlock\)/,
    );
    assert.deepEqual(blobs(), ['a.txt', 'b.txt']);
  });

  it('fails alone: a service that does not work for it and takes the others meanwhile', async () => {
    service.broken.add('odd.txt');
    const others = Array.from({ length: 60 }, (_, index) => `${index}.txt`);
    const { run, items } = await publishWith({ permissions: 'rcw' }, documents(['odd.txt', ...others]));
    service.broken.clear();
    assert.equal(items.filter((item) => item.status === 'published').length, others.length, JSON.stringify(run.failure));
    assert.equal(items[0]?.status, 'failed');
    assert.match(failureOf(items[0])?.detail ?? '', /is busy or does not work \(InternalError\)/);
  });

  it('ends the run when it is the credentials, the container, or the way there', async () => {
    const many = documents(Array.from({ length: 20 }, (_, index) => `${index}.txt`));
    for (const [signature, detail] of [
      [{ permissions: 'rcw', container: 'other' }, /the signature does not match/],
      [{ permissions: 'rcw', endsAt: '2020-01-01T00:00Z' }, /^The shared access signature has expired \(se\)\.$/],
    ] as const) {
      const { run, items } = await publishWith(signature, many);
      assert.equal(run.status, 'failed');
      assert.match((run.failure as { detail: string }).detail, detail);
      assert.ok(items.filter((item) => item.status === 'waiting').length >= 16);
    }
    service.containers.clear();
    const { run, items } = await publishWith({ permissions: 'w' }, many);
    assert.match((run.failure as { detail: string }).detail, /no container “docs”/);
    assert.ok(items.filter((item) => item.status === 'waiting').length >= 16);
  });
});

describe('credentials that may write and not look', { concurrency: false }, () => {
  it('publish, and the run says once that it could not compare', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { run, items, log } = await publishWith({ permissions: 'w' }, documents(['a.txt', 'b.txt', 'c.txt']));
      assert.equal(run.status, 'succeeded');
      assert.deepEqual(new Set(items.map((item) => item.status)), new Set(['published']));
      assert.equal(log.filter((line) => line.startsWith('warning: The credentials may write, not look')).length, 1);
    }
  });

  it('publish a large document in one request when they may not send blocks', async () => {
    const bytes = randomBytes(9 * 1024 * 1024 + 1);
    const { run } = await publishWith({ permissions: 'c' }, [{ name: 'large.bin', bytes }]);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
    assert.ok(service.containers.get('docs')?.get('large.bin')?.bytes.equals(bytes));
    assert.deepEqual(
      service.requests.map(({ line }) => line),
      ['HEAD /docs/large.bin', 'PUT /docs/large.bin'],
    );
  });

  it('keep what is there when the component says so', async () => {
    await publishWith({ permissions: 'c' }, documents(['a.txt']), { existing: 'keep' });
    const { items, log } = await publishWith({ permissions: 'c' }, documents(['a.txt', 'b.txt']), { existing: 'keep' });
    assert.deepEqual(
      items.map((item) => item.status),
      ['unchanged', 'published'],
    );
    assert.ok(log.includes('info: The run ended: 1 published, 1 unchanged.'), log.join('\n'));
  });
});
