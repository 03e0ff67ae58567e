import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CONFIGURATION_GUIDE, configurationGuide } from './configuration-guide.ts';

test('the guide lists every setting as it is', () => {
  const text = readFileSync(CONFIGURATION_GUIDE, 'utf8');
  assert.equal(text, configurationGuide(text), 'Run node tools/configuration-guide.ts');
});
