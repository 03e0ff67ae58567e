import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { testDatabase } from '@holdfast/db/testing';
import fc from 'fast-check';
import pg from 'pg';

test('grams of a text are those of the first definition, by which rows were indexed', async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=holdfast' });
  await client.connect();
  try {
    const first = await readFile(new URL('migrations/0003_secrets.sql', import.meta.url), 'utf8');
    const [definition = ''] = /create function search_grams[\s\S]*?\nend \$\$;/.exec(first) ?? [];
    await client.query(definition.replace('search_grams', 'pg_temp.first_grams'));
    const piece = fc.oneof(
      fc.constantFrom('a', 'é', '密', '🔑', ' ', '_', '-', '/', '\n', '\x01', 'key'),
      fc.integer({ min: 0 }).map(String),
    );
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
    const organization = '0199aaaa-0000-7000-8000-000000000001';
    const texts = [...fc.sample(text, 300), '', 'ab', 'é'.repeat(500), '1234567 12345 123456'];
    const { rows } = await client.query(
      `select text, search_grams($1, text) as grams from unnest($2::text[]) as text
       where search_grams($1, text) is distinct from pg_temp.first_grams($1, text) or cardinality(search_grams($1, 'DB_PASSWORD_123456')) < 9`,
      [organization, texts],
    );
    assert.deepEqual(rows, []);
  } finally {
    await client.end();
  }
});
