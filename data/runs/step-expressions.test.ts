import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestInstance, TestOrganization } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import { fresh, type StandInInstance, standInInstance, state, upload } from '../testing/stand-in-connectors.ts';

describe('conditions and mappings of steps', { concurrency: false }, () => {
  let standIns: StandInInstance;
  let instance: TestInstance;
  let place: TestOrganization;
  let [extract, store] = ['', ''];
  before(async () => {
    standIns = await standInInstance();
    ({ instance, place, extract, store } = standIns);
  });
  after(() => standIns?.[Symbol.asyncDispose]());

  it('skips a step whose condition is false, and what takes from it; skips a document that no publisher takes', async () => {
    fresh();
    const steps = [
      { componentId: extract, name: 'extract', condition: 'document.size > 3' },
      {
        componentId: store,
        name: 'keep',
        input: 'extract',
        condition: 'result == "LONG"',
        mapping: { name: '"kept/" + document.name' },
      },
      {
        componentId: store,
        name: 'note',
        input: 'extract',
        mapping: { fields: { said: 'result', bytes: 'document.size', from: 'document.source' } },
      },
    ];
    const documents = upload({ 'a.txt': 'long', 'b.txt': 'other', 'c.txt': 'no' });
    const runId = await startTestRun(instance, place, steps, documents);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ name, status, failure }) => [name, status, failure?.code]),
      [
        ['a.txt', 'published', undefined],
        ['b.txt', 'published', undefined],
        ['c.txt', 'skipped', 'condition_false'],
      ],
    );
    assert.match(items[2]?.failure?.detail ?? '', /^The condition of the step “extract” is false\.$/);
    assert.deepEqual(state.transformed.toSorted(), ['a.txt', 'b.txt']);
    assert.equal(state.published.get('kept/a.json'), '"LONG"');
    assert.ok(!state.published.has('kept/b.json'));
    assert.deepEqual(JSON.parse(state.published.get('b.json') ?? ''), { said: 'OTHER', bytes: 7, from: 'source' });
    const outcomes = await instance.control.selectFrom('item_step').select(['item_id', 'outcome']).where('run_id', '=', runId).execute();
    const of = (index: number) => outcomes.filter(({ item_id }) => item_id === items[index]?.id).map(({ outcome }) => outcome);
    assert.deepEqual(
      [of(1).toSorted(), of(2)],
      [
        ['made', 'published', 'skipped'],
        ['skipped', 'skipped', 'skipped'],
      ],
    );
  });

  it('fails a document by name when an expression has not what it looks for, or makes no name; others go on', async () => {
    fresh();
    const step = { componentId: store, name: 'keep' };
    const documents = [
      { name: 'a.json', bytes: Buffer.from('{"total": 3}'), contentType: 'application/json' },
      { name: 'b.json', bytes: Buffer.from('{}'), contentType: 'application/json' },
      ...upload({ 'c.txt': 'no JSON' }),
    ];
    const runId = await startTestRun(instance, place, [{ ...step, condition: 'result.total > 2' }], documents);
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.deepEqual(
      (await itemsOf(instance, runId)).map(({ status, failure }) => [status, failure?.code, failure?.detail]),
      [
        ['published', undefined, undefined],
        ['failed', 'expression_failed', 'The condition of the step “keep” cannot be evaluated. No such key: total.'],
        [
          'failed',
          'expression_failed',
          'The condition of the step “keep” cannot be evaluated. There is no “result”: the document is no JSON of at most 256 KiB and 64 levels.',
        ],
      ],
    );
    const slashes = 'It is empty, begins or ends with /, or has // in it.';
    for (const [name, fault] of [
      ['"../" + document.name', 'It has . or .. as a folder.'],
      ['""', slashes],
      ['"a//b"', slashes],
    ] as const) {
      const refused = await startTestRun(instance, place, [{ ...step, mapping: { name } }], upload({ 'd.txt': 'd' }));
      await finishedRun(instance, refused);
      const [item] = await itemsOf(instance, refused);
      assert.equal(item?.failure?.detail, `The mapping of the name of the step “keep” gives what cannot be a document’s name. ${fault}`);
    }
    assert.deepEqual([...state.published.keys()], ['a.json']);
  });

  it('ends a run whose expressions take too long for its documents', { timeout: 60_000 }, async () => {
    fresh();
    const step = { componentId: store, name: 'keep' };
    const slow = upload(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${'a'.repeat(40)}${index}!.txt`, 'x'])));
    const runId = await startTestRun(instance, place, [{ ...step, condition: 'document.name.matches("^(a+)+$")' }], slow);
    const { status, failure } = await finishedRun(instance, runId);
    assert.deepEqual([status, failure?.code], ['failed', 'expression_failed']);
    assert.match(failure?.detail ?? '', /take too long for many documents/);
    const items = await itemsOf(instance, runId);
    const evaluated = items.filter(({ failure }) => /takes too long for this document/.test(failure?.detail ?? '')).length;
    assert.ok(evaluated >= 5 && evaluated <= 12, `${evaluated} documents were tried`);
    assert.ok(items.filter(({ status }) => status === 'waiting').length >= 20, 'the others wait for a better expression');
  });
});
