import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutOf, NODE } from './steps-layout.ts';

const step = (name: string, input: string, condition?: string) => ({
  id: name,
  name,
  input,
  component: { id: name, name, type: 'a', state: 'ok' as const, broken: false, failure: null },
  ...(condition !== undefined && { condition }),
});

test('a workflow with branches is drawn from left to right, and no node lies on another', () => {
  const steps = [
    step('read', 'original'),
    step('archive', 'read'),
    step('summary', 'read', 'result.total > 1'),
    step('originals', 'original'),
    step('mail', 'summary'),
    step('table', 'summary'),
  ];
  const sources = [{ name: 'upload', kind: 'upload' } as const, { name: 'inbox', kind: 'folder', folder: 'in' } as const];
  const layout = layoutOf({ sources, steps });
  const places = [...layout.sources, ...layout.steps];
  for (const [index, one] of places.entries()) {
    assert.ok(one.x + NODE.width <= layout.width && one.y + NODE.height <= layout.height);
    for (const other of places.slice(index + 1)) {
      assert.ok(Math.abs(one.x - other.x) >= NODE.width || Math.abs(one.y - other.y) >= NODE.height);
    }
  }
  for (const place of layout.steps) for (const from of place.from) assert.ok(from.x + NODE.width < place.x);
  const [read, archive, summary, originals] = layout.steps;
  assert.deepEqual(read?.from, layout.sources, 'The original comes from every source.');
  assert.equal(archive?.y, read?.y, 'The first branch goes straight on.');
  assert.deepEqual([summary?.isNext, originals?.isNext], [false, false]);
  assert.ok((summary?.label.width ?? 0) > 100);
});
