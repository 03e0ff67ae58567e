import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelConnector, PublisherConnector } from '@holdfast/connector';
import { testComponent, testInstance, testOrganization } from '../testing/instance.ts';
import { finishedRun, startTestRun } from '../testing/runs.ts';

const schema = { type: 'object', additionalProperties: false, required: [], properties: {} } as const;
const base = { destinations: () => [], check: async () => 'It is there.' };
/** So many at once, of the four of the process. */
const SLOW_RUNS = 2;
const document = [{ name: 'a.txt', bytes: Buffer.from('one') }];

test('answers that are checked by a slow schema end their run, and another organization’s goes on meanwhile', async () => {
  const events: string[] = [];
  const checking = Promise.withResolvers<void>();
  let uses = 0;
  const model: ModelConnector = {
    ...base,
    role: 'model',
    type: { type: 'test-slow-schema', role: 'model', title: 'Model', description: '', schema },
    async transform(_document, _options, { answerFault }) {
      const slow = { properties: { a: { pattern: '^(a+)+$' } } };
      const checks = Array.from({ length: 10 }, () => answerFault(slow, `{"a":"${'a'.repeat(40)}!"}`));
      uses += 1;
      if (uses === SLOW_RUNS) checking.resolve();
      const ends = await Promise.allSettled(checks);
      events.push('checked');
      throw (ends[0] as PromiseRejectedResult).reason;
    },
  };
  const publisher: PublisherConnector = {
    ...base,
    role: 'publisher',
    type: { type: 'test-publisher', role: 'publisher', title: 'Publisher', description: '', schema },
    async publish({ name }) {
      events.push('published');
      return { outcome: 'published', publishedAs: name };
    },
  };
  await using instance = await testInstance({}, { connectors: [model, publisher] });
  const [one, other] = [await testOrganization(instance), await testOrganization(instance)];
  const slow = await testComponent(instance, one, {}, {}, undefined, 'test-slow-schema');
  const quick = await testComponent(instance, other, {}, {}, undefined, 'test-publisher');

  const slowRuns = await Promise.all(Array.from({ length: SLOW_RUNS }, () => startTestRun(instance, one, [slow], document)));
  await checking.promise;
  const condition = 'document.size > 1';
  const quickRun = await startTestRun(instance, other, [{ componentId: quick, name: 'keep', condition }], document);
  assert.equal((await finishedRun(instance, quickRun)).status, 'succeeded');
  for (const slowRun of slowRuns) {
    const { status, failure } = await finishedRun(instance, slowRun, 120_000);
    assert.deepEqual([status, failure?.code], ['failed', 'option_invalid']);
  }
  // Three checks of a second each are begun for each of them before the rest is refused.
  assert.equal(events.length, SLOW_RUNS + 1, events.join());
  assert.ok(events.indexOf('published') < events.lastIndexOf('checked'), events.join());
});
