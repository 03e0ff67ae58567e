import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withoutJsonSchema } from './drop-json-schema.ts';
import { charactersOf } from './trim-fonts.ts';

test('a range of characters is read as CSS writes it', () => {
  assert.equal(charactersOf('U+41-43,U+20AC'), 'ABC€');
});

test('the schemas of zod lose what describes them as JSON Schema, and nothing else', () => {
  const schemas = readFileSync(fileURLToPath(new URL('v4/classic/schemas.js', import.meta.resolve('zod'))), 'utf8');
  const lines = schemas.split('\n');
  const left = withoutJsonSchema(schemas).split('\n');
  assert.equal(left.length, lines.length);
  const changed = lines.filter((line, number) => line !== left[number]);
  assert.ok(changed.length > 30, `${changed.length} lines`);
  for (const line of changed) assert.match(line, /JSONSchema/);
  assert.ok(!left.join('\n').includes('processors.stringProcessor'));
});
