import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLUG_PATTERN } from '@holdfast/api';
import { slugOf } from './slug-of.ts';

test('a short name is made of any name for people, and is acceptable', () => {
  assert.equal(slugOf('Müller & Söhne GmbH'), 'muller-sohne-gmbh');
  assert.equal(slugOf('  Acme — Capital  '), 'acme-capital');
  for (const name of ['Acme', 'x'.repeat(200), `${'y'.repeat(47)} z`, '1st']) assert.match(slugOf(name), SLUG_PATTERN);
});

test('a name without a Latin letter or digit leaves it to be typed', () => {
  assert.equal(slugOf('株式会社'), '');
});
