import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownAddress } from './own-address.ts';

const ORIGIN = 'https://holdfast.example';

test('after signing in the console goes to its own pages only', () => {
  assert.equal(ownAddress(undefined, ORIGIN), '/');
  assert.equal(ownAddress('/organizations/acme/secrets?filter=expired', ORIGIN), '/organizations/acme/secrets?filter=expired');
  assert.equal(ownAddress(`${ORIGIN}/account`, ORIGIN), '/account');
  for (const elsewhere of [
    '//',
    '//evil.example',
    '/.//evil.example',
    '/\\\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'https://',
  ]) {
    assert.equal(ownAddress(elsewhere, ORIGIN), '/', elsewhere);
  }
});
