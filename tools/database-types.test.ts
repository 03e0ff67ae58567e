import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { databaseTypes } from './database-types.ts';

test('the types of the tables are what the migrated database and roles.sql give', async () => {
  for (const [path, text] of await databaseTypes()) {
    assert.equal(readFileSync(path, 'utf8'), text, 'Run node tools/database-types.ts');
  }
});
