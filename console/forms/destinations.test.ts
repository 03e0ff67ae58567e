import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComponentType } from '@holdfast/api';
import { destinationFacts } from './destinations.ts';

const TYPE = {
  type: 'model',
  role: 'model',
  title: 'Model',
  description: '',
  schema: {
    type: 'object',
    required: ['key'],
    properties: {
      key: { type: 'string', title: 'API key', 'x-secret': true },
      connection: { type: 'string', title: 'Connection', 'x-secret': true, 'x-destination': true },
      baseUrl: { type: 'string', title: 'Address', 'x-destination': true },
      model: { type: 'string', title: 'Model' },
    },
  },
} satisfies ComponentType;

const DATA = { baseUrl: 'https://models.example.com/v1', model: 'https://not-an-address.example.com' };

test('where a component sends is read from the options that name it', () => {
  const facts = destinationFacts(TYPE, DATA, 'key', ['https://models.example.com:443']);
  assert.deepEqual(facts.componentSendsTo, ['https://models.example.com:443']);
  assert.deepEqual(facts.refused, []);
  assert.equal(facts.namedByValue, false);
});

test('a secret that may not go there is found before anything is saved', () => {
  assert.deepEqual(destinationFacts(TYPE, DATA, 'key', ['https://api.example.com:443']).refused, ['https://models.example.com:443']);
  assert.deepEqual(destinationFacts(TYPE, { baseUrl: 'http://models.example.com' }, 'key', ['https://models.example.com:443']).refused, [
    'http://models.example.com:80',
  ]);
});

test('a secret without destinations of its own goes where its value says, so nothing is refused here', () => {
  assert.deepEqual(destinationFacts(TYPE, DATA, 'key', []).refused, []);
  assert.equal(destinationFacts(TYPE, DATA, 'connection', []).namedByValue, true);
});

test('an address that is not complete yet names nothing', () => {
  for (const baseUrl of [undefined, '', 'models', 7])
    assert.deepEqual(destinationFacts(TYPE, { baseUrl }, 'key', ['https://a.example:443']).refused, []);
});
