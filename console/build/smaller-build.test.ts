import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withoutDescriptions, withoutJsonSchema } from './drop-json-schema.ts';
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

test('the endpoints lose what their document says of fields, and are code as before', () => {
  const folder = fileURLToPath(new URL('../../packages/api/', import.meta.url));
  const modules = globSync('**/*.ts', { cwd: folder }).map((path) => readFileSync(`${folder}${path}`, 'utf8'));
  const described = modules.filter((module) => module.includes('.describe('));
  assert.ok(described.length > 5, `${described.length} modules`);
  for (const module of described) {
    const left = withoutDescriptions(module);
    assert.ok(!left.includes('.describe('), left);
    assert.doesNotThrow(() => stripTypeScriptTypes(left));
  }
});
