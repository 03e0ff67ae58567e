import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '@holdfast/audit';
import { hasWords } from '../../console/pages/audit/audit-words.ts';

test('the console has words for every action of the record', () => {
  assert.deepEqual(
    Object.keys(ACTIONS).filter((action) => !hasWords(action)),
    [],
  );
});
