import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addedDestinations, type Secret } from '@holdfast/api';
import { changesOf, expiryHint, metadataValuesOf, NO_METADATA, newMetadata, rebase, validateMetadata } from './metadata-values.ts';

const SECRET: Secret = {
  id: '0190a1b2-0000-7000-8000-000000000001',
  name: 'KEY',
  description: 'one',
  kind: 'token',
  owner: { id: '0190a1b2-0000-7000-8000-000000000002', name: 'Ada' },
  scope: { kind: 'projects', projects: [{ id: '0190a1b2-0000-7000-8000-000000000003', name: 'Project' }] },
  rotationDays: 30,
  rotationDueAt: null,
  expiresAt: '2027-01-31T23:59:59.999Z',
  destinations: ['https://a.example:443'],
  obtainUrl: 'https://a.example/keys',
  state: 'ok',
  currentVersionId: '0190a1b2-0000-7000-8000-000000000004',
  metadataRevision: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: { id: 'x', name: 'Ada' },
  replacedAt: null,
  replacedBy: null,
  lastUsedAt: null,
  usedBy: 0,
  usesPerWeek: [],
};

test('a form that is not touched changes nothing, and one field changes one', () => {
  const values = metadataValuesOf(SECRET);
  assert.deepEqual(changesOf(values, SECRET), {});
  assert.deepEqual(changesOf({ ...values, description: 'two' }, SECRET), { description: 'two' });
  assert.deepEqual(changesOf({ ...values, projectIds: [], rotationDays: '' }, SECRET), {
    scope: { kind: 'all-projects' },
    rotationDays: null,
  });
});

test('a day is the same in every zone, and a time that was set elsewhere stays until the day is touched', () => {
  assert.equal(metadataValuesOf(SECRET).expiresOn, '2027-01-31');
  const timed = { ...SECRET, expiresAt: '2027-01-31T12:00:00.000Z' };
  const values = metadataValuesOf(timed);
  assert.deepEqual(changesOf({ ...values, description: 'two' }, timed), { description: 'two' });
  assert.deepEqual(changesOf({ ...values, expiresOn: '2027-02-01' }, timed), { expiresAt: '2027-02-01T23:59:59.999Z' });
  assert.deepEqual(changesOf({ ...values, expiresOn: '' }, timed), { expiresAt: null });
});

test('of a new secret only what was filled in is sent', () => {
  assert.deepEqual(newMetadata(NO_METADATA), {});
  assert.deepEqual(newMetadata({ ...NO_METADATA, kind: 'token', expiresOn: '2027-01-31' }), {
    kind: 'token',
    expiresAt: '2027-01-31T23:59:59.999Z',
  });
});

test('when others saved meanwhile, what was typed stays and the rest shows theirs; only fields of both are in conflict', () => {
  const now = { ...SECRET, description: 'theirs', rotationDays: 90, obtainUrl: null, metadataRevision: 5 };
  const typed = { ...metadataValuesOf(SECRET), description: 'mine', kind: 'password' as const };
  const { values, conflicts } = rebase(typed, SECRET, now);
  assert.deepEqual([values.description, values.kind, values.rotationDays, values.obtainUrl], ['mine', 'password', '90', '']);
  assert.deepEqual(conflicts, ['description']);
  assert.deepEqual(changesOf(values, now), { description: 'mine', kind: 'password' });
});

test('an expiry is shown back with its zone, and one that is past is said to be', () => {
  const now = new Date('2027-01-01T00:00:00Z');
  assert.match(
    expiryHint('2027-01-31T23:59:59.999Z', now)?.words ?? '',
    /^It expires at the end of 2027-01-31 in UTC, .+ where you are\.$/,
  );
  assert.match(expiryHint('2027-01-31T12:00:00.000Z', now)?.words ?? '', /^It expires at 2027-01-31 12:00 UTC, /);
  assert.match(expiryHint('2026-12-31T23:59:59.999Z', now)?.words ?? '', /^That is past/);
  assert.equal(expiryHint(null), undefined);
});

test('the form takes every address of a new value that the API takes, and no other', () => {
  const faults = (obtainUrl: string) => Object.keys(validateMetadata({ ...NO_METADATA, obtainUrl }));
  for (const taken of [
    '',
    ' https://a.example/keys ',
    'https://portal.example/#view/My blade',
    'HTTPS://example.com',
    'http://a.example',
  ]) {
    assert.deepEqual(faults(taken), [], taken);
  }
  for (const refused of ['a.example', 'ftp://a.example', 'https://', `https://a.example/${'a'.repeat(2_000)}`]) {
    assert.deepEqual(faults(refused), ['obtainUrl'], refused);
  }
});

test('a destination is added where there are others: to none, any narrows', () => {
  assert.deepEqual(addedDestinations(SECRET.destinations, [...SECRET.destinations, 'https://b.example:443']), ['https://b.example:443']);
  assert.deepEqual(addedDestinations(SECRET.destinations, SECRET.destinations), []);
  assert.deepEqual(addedDestinations([], ['https://b.example:443']), []);
});
