import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { limitTo } from './limit-to.ts';

const db = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (of) => new PostgresIntrospector(of),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const textOf = (rows: number) => sql`limit ${limitTo(rows)}`.compile(db);

test('how many rows are wanted stands in the text, never among the values', () => {
  assert.deepEqual(textOf(51).parameters, []);
  assert.equal(textOf(51).sql, 'limit 51');
});

test('whatever number of rows a page may have, few texts come of it, and none reads too little', () => {
  const texts = new Set<string>();
  for (let rows = 1; rows <= 201; rows += 1) {
    const text = textOf(rows).sql;
    assert.ok(Number(text.replace('limit ', '')) >= rows, text);
    texts.add(text);
  }
  assert.equal(texts.size, 6);
});
