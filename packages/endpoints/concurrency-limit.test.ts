import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/api';
import { createConcurrencyLimit } from './concurrency-limit.ts';

const refusedAs = (code: string) => (error: unknown) => error instanceof HoldfastError && error.code === code;

test('nobody has more than a part of the places, and a place is given back once', () => {
  const shares = createConcurrencyLimit('things are done', 3);
  const first = shares.take({ a: 2, x: 9 });
  shares.take({ a: 2, y: 9 });
  assert.throws(() => shares.take({ a: 2, z: 9 }), refusedAs('rate_limited'));
  assert.throws(() => shares.take({ z: 9, a: 2 }), refusedAs('rate_limited'));
  shares.take({ b: 2, x: 9 });
  assert.throws(() => shares.take({ c: 2 }), refusedAs('unavailable'));
  first();
  first();
  shares.take({ a: 2, z: 9 });
  assert.throws(() => shares.take({ c: 2 }), refusedAs('unavailable'));
  assert.throws(() => shares.take({ a: 2 }), refusedAs('rate_limited'));
});
