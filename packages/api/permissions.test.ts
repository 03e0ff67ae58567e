import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENDPOINTS } from './endpoints/index.ts';
import { GRANTS, may, PERMISSIONS, type Permission, ROLES } from './permissions.ts';

const ALL = Object.keys(PERMISSIONS) as Permission[];

test('every permission is asked for by an endpoint', () => {
  const asked = new Set<string>(ENDPOINTS.map(({ requires }) => requires));
  assert.deepEqual(
    ALL.filter((permission) => !asked.has(permission)),
    [],
  );
});

test('a stronger role may whatever a weaker one may', () => {
  for (const permission of ALL) {
    const allowed = ROLES.map((role) => may(role, permission));
    assert.deepEqual(allowed, allowed.toSorted().reverse(), permission);
  }
});

test('who holds no role and no grant may nothing', () => {
  assert.deepEqual(
    ALL.filter((permission) => may([], permission)),
    [],
  );
});

test('a grant is no role: what only members do stays closed to every grant', () => {
  assert.deepEqual(
    ALL.filter((permission) => may(GRANTS, permission)),
    [],
  );
});
