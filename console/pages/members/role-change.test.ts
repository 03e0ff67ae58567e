import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROLES } from '@holdfast/api';
import { changeOfRights, rightsOf } from './role-change.ts';

test('a change of role says what is gained and what is lost, and the way back says the reverse', () => {
  assert.deepEqual(changeOfRights('admin', 'editor'), {
    gained: [],
    lost: ['invite, remove and change members', 'see, add, replace and delete secrets', 'read the audit record'],
  });
  for (const from of ROLES) {
    for (const to of ROLES) {
      const { gained, lost } = changeOfRights(from, to);
      assert.deepEqual({ gained: lost, lost: gained }, changeOfRights(to, from));
      // Any two roles differ in something that is said.
      assert.equal(gained.length + lost.length > 0, from !== to, `${from} → ${to}`);
    }
  }
  assert.deepEqual(rightsOf('viewer'), ['see projects, workflows and runs']);
});
