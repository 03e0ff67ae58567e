import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsFor } from './trigger-words.ts';

test('a workflow is offered the triggers that can start it, what is meant most often first', () => {
  const component = { id: 'c', name: 'Inbox', type: 'x', state: 'ok', broken: false, failure: null } as const;
  const [upload, folder] = [{ name: 'upload', kind: 'upload' } as const, { name: 'scans', kind: 'folder', folder: 'scans' } as const];
  const reads = (documents: 'all' | 'new') => ({ name: 'inbox', kind: 'component', component, documents }) as const;
  assert.deepEqual(kindsFor([upload]), ['upload', 'webhook']);
  assert.deepEqual(kindsFor([folder]), ['cron']);
  assert.deepEqual(kindsFor([reads('new')]), ['poll', 'cron']);
  assert.deepEqual(kindsFor([reads('all')]), ['cron', 'poll']);
  assert.deepEqual(kindsFor([folder, upload]), ['cron', 'upload', 'webhook']);
});
