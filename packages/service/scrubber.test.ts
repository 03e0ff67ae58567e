import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScrubber, REDACTED } from './scrubber.ts';

const VALUE = 'p@ss "word"\n+with/slashes';

test('a live value is removed in every form in which it usually leaks', () => {
  const { protect, scrub } = createScrubber();
  protect(VALUE);
  const bytes = Buffer.from(VALUE);
  for (const form of [
    VALUE,
    JSON.stringify({ message: VALUE }),
    JSON.stringify(JSON.stringify({ message: VALUE })),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(VALUE),
    `?q=${new URLSearchParams({ v: VALUE })}`,
  ]) {
    const line = scrub(`before ${form} after`);
    assert.ok(line.includes(REDACTED), form);
    assert.ok(!line.includes('slashes'), form);
  }
});

test('a value is searched for until its last holder lets go', () => {
  const { protect, scrub } = createScrubber();
  const first = protect(VALUE);
  const second = protect(VALUE);
  first();
  first();
  assert.equal(scrub(VALUE), REDACTED);
  second();
  assert.equal(scrub(VALUE), VALUE);
});
