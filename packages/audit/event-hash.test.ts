import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventHash, genesisHash, type HashedFacts } from './index.ts';

const facts: HashedFacts = {
  organizationId: '01932c00-0000-7000-8000-000000000002',
  sequence: 1,
  time: '2026-11-24T11:00:00.000001Z',
  recordedBy: 'holdfast_data',
  previousHash: genesisHash('01932c00-0000-7000-8000-000000000002'),
  body: '{}',
};

test('the hash covers every fact', () => {
  const hashes = [
    facts,
    { ...facts, organizationId: '01932c00-0000-7000-8000-000000000003' },
    { ...facts, sequence: 2 },
    { ...facts, time: '2026-11-24T11:00:00.000002Z' },
    { ...facts, recordedBy: 'holdfast_control' },
    { ...facts, previousHash: new Uint8Array(32) },
    { ...facts, body: '{ }' },
  ].map((each) => eventHash(each).toString('hex'));
  assert.equal(new Set(hashes).size, hashes.length);
});

test('no fact but the body can hold a line break, so that two events never share their bytes', () => {
  assert.throws(() => eventHash({ ...facts, recordedBy: 'a\nb' }), RangeError);
  assert.throws(() => eventHash({ ...facts, time: `${facts.time}\nholdfast_data` }), RangeError);
  assert.equal(eventHash({ ...facts, body: 'a\nb' }).length, 32);
});
