import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ROLES_GUIDE, rolesGuide } from './roles-guide.ts';

test('the guide lists every right as it is', () => {
  assert.equal(readFileSync(ROLES_GUIDE, 'utf8'), rolesGuide(), 'Run node tools/roles-guide.ts');
});
