import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretDestination } from '@holdfast/api';
import { canDecide, ownDestinationsWords } from './destination-words.ts';

const row = (state: SecretDestination['state'], ownDestinations: SecretDestination['ownDestinations']): SecretDestination => ({
  secret: { id: 'id', name: 'API_KEY' },
  destination: 'https://api.example.com:443',
  state,
  ownDestinations,
  askedAt: '2026-01-01T00:00:00Z',
  askedBy: null,
  askedFor: null,
  decidedAt: null,
  decidedBy: null,
  reason: '',
  usedBy: [],
  usedByTotal: 0,
});

const DECISIONS = ['approve', 'refuse', 'revoke'] as const;
const offered = (each: SecretDestination) => DECISIONS.filter((decision) => canDecide(decision, each));

test('a decision is offered where it changes something: a secret’s own destinations are changed in its details', () => {
  assert.deepEqual(offered(row('requested', null)), ['approve', 'refuse']);
  assert.deepEqual(offered(row('approved', null)), ['revoke']);
  assert.deepEqual(offered(row('refused', null)), ['approve']);
  assert.deepEqual(offered(row('requested', 'hold-it')), ['approve']);
  assert.deepEqual(offered(row('approved', 'hold-it')), []);
  assert.deepEqual(offered(row('requested', 'lack-it')), ['refuse']);
  assert.deepEqual(offered(row('approved', 'lack-it')), ['revoke']);
  assert.deepEqual(offered(row('revoked', 'lack-it')), []);
});

test('what the own destinations say is said beside a state that does not', () => {
  assert.equal(ownDestinationsWords(row('approved', null)), undefined);
  assert.match(
    ownDestinationsWords(row('refused', 'hold-it')) ?? '',
    /may be sent there, unless others are sealed with the value: its details name/,
  );
  assert.match(ownDestinationsWords(row('approved', 'lack-it')) ?? '', /may not be sent there/);
  assert.equal(ownDestinationsWords(row('revoked', 'lack-it')), undefined);
});
