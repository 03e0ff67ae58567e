import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WorkflowDefinition } from '@holdfast/db/data';
import { type TestInstance, type TestOrganization, testComponent, testSecret } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import {
  extractAndKeep,
  fresh,
  type StandInInstance,
  standInConnectors,
  standInInstance,
  state,
  upload,
} from '../testing/stand-in-connectors.ts';
import { useDependencies } from '../testing/use-dependencies.ts';
import { loadBoundComponent } from '../use/component/load-component.ts';
import { openSteps } from './open-steps.ts';

describe('a run of several steps', { concurrency: false }, () => {
  let standIns: StandInInstance;
  let instance: TestInstance;
  let place: TestOrganization;
  let [extract, translate, store] = ['', '', ''];
  before(async () => {
    standIns = await standInInstance();
    ({ instance, place, extract, translate, store } = standIns);
  });
  after(() => standIns?.[Symbol.asyncDispose]());
  const stepsOf = () => extractAndKeep(standIns);

  it('gives a step the original or what an earlier one made, and stores that with the run', async () => {
    fresh();
    const runId = await startTestRun(instance, place, stepsOf(), upload({ 'a/invoice.txt': 'one\ntwo' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    assert.deepEqual(Object.fromEntries(state.published), {
      'a/invoice.json': '"ONE"',
      'a/invoice/line-1.json': '"TWO"',
      'a/invoice.txt': 'one\ntwo',
    });
    const steps = await instance.control.selectFrom('item_step').select(['outcome', 'results']).where('run_id', '=', runId).execute();
    assert.deepEqual(steps, [
      { outcome: 'made', results: 2 },
      { outcome: 'published', results: null },
      { outcome: 'published', results: null },
    ]);
    const results = await instance.control
      .selectFrom('item_result as r')
      .innerJoin('document as d', 'd.id', 'r.document_id')
      .select(['d.name', 'd.run_id', 'd.content_type'])
      .where('r.run_id', '=', runId)
      .orderBy('r.position')
      .execute();
    assert.deepEqual(
      results.map(({ name, run_id, content_type }) => [name, run_id, content_type]),
      [
        ['a/invoice.json', runId, 'application/json'],
        ['a/invoice/line-1.json', runId, 'application/json'],
      ],
    );
    const [item] = await itemsOf(instance, runId);
    assert.equal(item?.published_as, 'test/a/invoice.json, test/a/invoice/line-1.json, test/a/invoice.txt');
  });

  it('keeps results of documents that differ in their extension apart, whichever comes first', async () => {
    fresh();
    const runId = await startTestRun(
      instance,
      place,
      stepsOf().slice(0, 2),
      upload({ 'b.txt': 'text', 'b.md': 'markdown', 'c.txt': 'alone' }),
    );
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual([...state.published].toSorted(), [
      ['b.md.json', '"MARKDOWN"'],
      ['b.txt.json', '"TEXT"'],
      ['c.json', '"ALONE"'],
    ]);
  });

  it('passes what one model made to the next, and publishes nothing of a document of which nothing was made', async () => {
    fresh();
    const steps = [
      { componentId: extract, name: 'extract' },
      { componentId: translate, name: 'translate', input: 'extract' },
      { componentId: store, name: 'keep', input: 'translate' },
    ];
    const runId = await startTestRun(instance, place, steps, upload({ 'd.txt': 'one\ntwo', 'empty.txt': '' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual([...state.published.values()].toSorted(), ['"\\"ONE\\""', '"\\"TWO\\""']);
  });

  it('stores nothing that a model made with the value that it was given, and fails that document by name', async () => {
    fresh();
    const secret = await testSecret(instance, place, 'KEY', 'a-key-that-nobody-else-has', { destinations: ['https://model.example:443'] });
    const withKey = await testComponent(instance, place, {}, { key: secret }, undefined, 'test-model');
    const steps = [
      { componentId: withKey, name: 'extract' },
      { componentId: store, name: 'keep', input: 'extract' },
    ];
    const runId = await startTestRun(instance, place, steps, upload({ 'leaks.txt': 'key', 'fine.txt': 'text' }));
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.deepEqual([...state.published], [['fine.json', '"TEXT"']]);
    const failed = (await itemsOf(instance, runId)).find(({ status }) => status === 'failed');
    assert.deepEqual([failed?.name, failed?.failure?.code], ['leaks.txt', 'document_holds_value']);
    assert.ok(!JSON.stringify([failed, await logOf(instance, runId)]).includes('nobody-else-has'));
  });

  it('is closed at each step, also when the outcome of another cannot be recorded', async () => {
    fresh();
    const secret = await testSecret(instance, place, 'KEYS', 'a-key-that-nobody-has-either', {
      destinations: ['https://model.example:443'],
    });
    const withKey = () => testComponent(instance, place, {}, { key: secret }, undefined, 'test-model');
    const steps = [
      { componentId: await withKey(), name: 'one' },
      { componentId: await withKey(), name: 'two' },
    ];
    const runId = await startTestRun(instance, place, steps, upload({ 'z.txt': 'text' }));
    await finishedRun(instance, runId);
    const { definition } = await instance.owner.selectFrom('run').select('definition').where('id', '=', runId).executeTakeFirstOrThrow();
    await using dependencies = await useDependencies(instance);
    let concluded = 0;
    const record: typeof dependencies.record = {
      ...dependencies.record,
      async conclude() {
        concluded += 1;
        if (concluded === 1) throw new Error('The record is away.');
      },
    };
    const run = { ...runOf(place, runId), ...(definition as unknown as WorkflowDefinition) };
    const opened = await openSteps(
      { ...dependencies, record, connectors: standInConnectors },
      { loadComponent: (organizationId, id) => loadBoundComponent(dependencies.db, organizationId, id) },
      run,
    );
    const ended: string[] = [];
    for (const { name, use } of opened.steps) use.contextFor(new AbortController().signal).onEnd(() => void ended.push(name));
    await assert.rejects(opened.close('success'), /The record is away/);
    assert.deepEqual([concluded, ended], [2, ['one', 'two']]);
  });
});

function runOf({ id, projectId }: TestOrganization, runId: string) {
  const startedBy = { kind: 'member', id: null, name: 'Ada Example' } as const;
  const names = { workflowId: runId, workflowName: 'W', projectId, projectName: 'P' };
  return { organizationId: id, id: runId, number: 1, ...names, startedBy };
}
