import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aloneWords, holdsWords, type NodeFacts, warningsOf } from './node-words.ts';

function node(changes: Partial<NodeFacts> = {}): NodeFacts {
  return {
    ...{ id: '', plane: 'data', host: 'one', version: '1.0.0', state: 'running', startedAt: '', seenAt: '' },
    ...{ leads: false, folders: [], foldersMissing: [], runs: 0 },
    ...changes,
  };
}
const control = (changes: Partial<NodeFacts> = {}) => node({ plane: 'control', ...changes });

test('one process of each plane is one line, on one host or on two', () => {
  assert.equal(aloneWords([control(), node()]), 'One control plane and one data plane run on one, version 1.0.0.');
  assert.equal(aloneWords([control(), node({ host: 'two' })]), 'One control plane runs on one and one data plane on two, version 1.0.0.');
});

test('whatever else is known takes a table', () => {
  for (const nodes of [
    [],
    [control()],
    [control(), node({ state: 'away' })],
    [control(), node({ version: '1.0.1' })],
    [control(), node(), node({ host: 'two', state: 'stopped' })],
  ]) {
    assert.equal(aloneWords(nodes), undefined);
  }
});

test('it says what follows when a node is away, has what no other has, or is of another version', () => {
  assert.deepEqual(warningsOf([control(), node(), node({ host: 'two' })]), []);
  assert.deepEqual(warningsOf([control(), node(), node({ host: 'two', state: 'away', foldersMissing: ['scans'] })]), [
    'The data plane on two does not answer. The others take up its runs.',
    'Runs that read the folder scans wait: no node that runs has it.',
  ]);
  assert.match(warningsOf([control(), node({ state: 'stopped' })]).join(), /^No data plane runs\. Runs wait/);
  assert.match(
    warningsOf([control(), control({ host: 'two', state: 'away' }), node()]).join(),
    /^The control plane on two does not answer/,
  );
  assert.match(warningsOf([control(), node({ version: '1.0.1' })]).join(), /1\.0\.0 and 1\.0\.1\. Upgrade all/);
});

test('what a node does is said in words', () => {
  assert.equal(
    holdsWords(node({ leads: true, runs: 2, folders: ['in', 'out'] })),
    'Signs the record and does the periodic work; 2 runs under way; folders in, out',
  );
  assert.equal(holdsWords(node()), 'Ready for runs');
  assert.equal(holdsWords(node({ state: 'stopped' })), 'Nothing');
});
