import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeInWords, stepsInWords } from '../workflows/workflow-words.ts';
import { durationInWords, itemStepInWords } from './run-words.ts';

test('a run lasts until it ends, or until now', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  assert.equal(durationInWords({ startedAt: null, finishedAt: null }), '–');
  assert.equal(durationInWords({ startedAt: at(10), finishedAt: at(10.44) }), '0.4 s');
  assert.equal(durationInWords({ startedAt: at(10), finishedAt: at(195) }), '3 min 5 s');
  assert.equal(durationInWords({ startedAt: at(0), finishedAt: null }, 7_800_000), '2 h 10 min');
  assert.equal(durationInWords({ startedAt: at(10), finishedAt: null }, 9_000), '0 ms');
  assert.equal(durationInWords({ startedAt: at(10), finishedAt: at(10.04) }), '40 ms');
});

test('sizes are in the units that file managers show', () => {
  assert.equal(sizeInWords(0), '0 bytes');
  assert.equal(sizeInWords(1), '1 byte');
  assert.equal(sizeInWords(999), '999 bytes');
  assert.equal(sizeInWords(1500), '1.5 kB');
  assert.equal(sizeInWords(209_715_200), '210 MB');
});

test('a workflow reads from its source to its last step', () => {
  const step = (name: string) => ({
    id: name,
    name,
    input: 'original',
    component: { id: name, name, type: 'x', state: 'ok', broken: false, failure: null } as const,
  });
  assert.equal(stepsInWords({ sources: [{ name: 'upload', kind: 'upload' }], steps: [step('A'), step('B')] }), 'uploaded files → A → B');
  assert.equal(stepsInWords({ sources: [{ name: 'folder', kind: 'folder', folder: 'scans' }], steps: [step('A')] }), 'folder “scans” → A');
  const component = { id: 'c', name: 'Inbox', type: 'x', state: 'ok', broken: false, failure: null } as const;
  const source = { name: 'inbox', kind: 'component', component, documents: 'new' } as const;
  assert.equal(
    stepsInWords({ sources: [source, { name: 'upload', kind: 'upload' }], steps: [step('A')] }),
    'new documents of Inbox and uploaded files → A',
  );
});

test('a step of a document says what it did and how long it took', () => {
  const step = {
    name: 'extract',
    outcome: 'made',
    publishedAs: null,
    made: 1,
    results: [{ id: '1', name: 'a.json', size: 1 }],
    milliseconds: 1_240,
  } as const;
  assert.equal(itemStepInWords({ ...step, results: [...step.results] }), 'extract made a.json in 1.2 s');
  const results = ['a', 'b', 'c', 'd'].map((name) => ({ id: name, name, size: 1 }));
  assert.equal(itemStepInWords({ ...step, made: 30, results }), 'extract made a, b, c and 27 more in 1.2 s');
  assert.equal(itemStepInWords({ ...step, made: 0, results: [] }), 'extract made nothing of it in 1.2 s');
  assert.equal(itemStepInWords({ ...step, made: 2, results: [] }), 'extract made 2 documents in 1.2 s, not kept any more');
  const published = {
    ...step,
    name: 'archive',
    outcome: 'published',
    publishedAs: 'x/a.json',
    made: null,
    results: [],
    milliseconds: 40,
  } as const;
  assert.equal(itemStepInWords({ ...published, results: [] }), 'archive published it as x/a.json in 40 ms');
  assert.equal(itemStepInWords({ ...published, results: [], outcome: 'unchanged' }), 'archive found it there as x/a.json in 40 ms');
  assert.equal(itemStepInWords({ ...published, results: [], outcome: 'skipped', publishedAs: null }), 'archive left it out by a condition');
});
