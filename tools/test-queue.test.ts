import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inGroups, inOrder, runQueue } from './test-queue.ts';

const many = { name: 'many', concurrency: 4, longest: ['long'] };
const single = { name: 'single', concurrency: 1 };
const items = [
  ...['a', 'b', 'long', 'c', 'd', 'e'].map((file) => ({ files: [file], stage: many })),
  ...['one', 'two', 'three'].map((file) => ({ files: [file], stage: single })),
];
const names = (all: readonly { files: readonly string[] }[]) => all.flatMap(({ files }) => files);

test('what runs one at a time comes first, then what takes longest', () => {
  assert.deepEqual(names(inOrder(items)), ['one', 'two', 'three', 'long', 'a', 'b', 'c', 'd', 'e']);
});

test('stages begin together, and their last files come together', () => {
  const few = { name: 'few', concurrency: 4 };
  const mixed = [...items, ...['x', 'y'].map((file) => ({ files: [file], stage: few }))];
  assert.deepEqual(names(inOrder(mixed)).slice(4), ['a', 'x', 'b', 'c', 'y', 'd', 'e']);
});

test('each runs once, and no more of a stage at a time than it allows', async () => {
  const began: string[] = [];
  const running = new Map<string, number>();
  await runQueue(items, async ({ files, stage }) => {
    began.push(...files);
    const now = (running.get(stage.name) ?? 0) + 1;
    running.set(stage.name, now);
    assert.ok(now <= stage.concurrency, `${now} of ${stage.name}`);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    running.set(stage.name, (running.get(stage.name) ?? 0) - 1);
  });
  assert.deepEqual(began.toSorted(), names(items).toSorted());
});

test('each file is in one process, with neighbours or alone, and no process has many more than another', () => {
  const files = ['a', 'b', 'c', 'long', 'd', 'e', 'f', 'g'];
  assert.deepEqual(inGroups(files, 3, ['long']), [['long'], ['a', 'b'], ['c', 'd', 'e'], ['f', 'g']]);
  assert.deepEqual(inGroups(['a', 'b'], 1, []), [['a'], ['b']]);
  assert.deepEqual(inGroups(['long'], 3, ['long']), [['long']]);
});
