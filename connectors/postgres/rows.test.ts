import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { testDocument } from '../../tests/harness/connector-context.ts';
import { parseMapping } from './mapping.ts';
import { rowsOf } from './rows.ts';
import { parameterOf } from './statement.ts';

const rows = (name: string, text: string, columns = 'a = /a') => rowsOf(testDocument(name, Buffer.from(text)), parseMapping(columns));
const JSONB = { name: 'a', type: 'jsonb', isArray: false };
const TEXTS = { name: 'a', type: '_text', isArray: true };
const TEXT = { name: 'a', type: 'text', isArray: false };

/** How often others had their turn while something was done. */
async function turnsOfOthers(work: Promise<unknown>): Promise<number> {
  let over = false;
  let turns = 0;
  const ended = work.finally(() => {
    over = true;
  });
  while (!over) {
    await yieldToOthers();
    turns += 1;
  }
  await ended;
  return turns;
}

describe('numbers of a document', () => {
  const written = '[0,-0,1,1.0,12.50,-3,1e3,1E+3,1e400,9007199254740993,12345678901234567890.10]';

  it('are as they are written, in JSON, in an array and alone', async () => {
    const made = await rows('a.json', `{"a":${written}}`);
    assert.equal(parameterOf(made.values(0)[0] ?? null, JSONB), written);
    assert.deepEqual(parameterOf(made.values(0)[0] ?? null, TEXTS), written.slice(1, -1).split(','));
    assert.equal(parameterOf((await rows('a.json', '{"a":12.50}')).values(0)[0] ?? null, TEXT), '12.50');
    const lines = await rows('a.jsonl', '{"a":1.0}\n\n{"a":2}');
    assert.deepEqual(
      [0, 1].map((row) => parameterOf(lines.values(row)[0] ?? null, TEXT)),
      ['1.0', '2'],
    );
  });

  it('in a text are its text, whatever is escaped in it', async () => {
    for (const text of ['1.0', '"1.0"', '\\', '\\"1.0', '\\\\" 2.50 "', '\n1.0']) {
      const made = await rows('a.json', JSON.stringify({ '1.0': text, a: text }));
      assert.equal(parameterOf(made.values(0)[0] ?? null, TEXT), text);
    }
  });

  it('that JSON does not know are no JSON', async () => {
    for (const text of ['{"a":01}', '{"a":1.}', '{"a":1-2}', '{"a":.5}', '{"a":+1}', '{"a":-}', '{"a":1.0', '{"a":"1.0']) {
      await assert.rejects(rows('a.json', text), { code: 'document_unsupported' }, text);
    }
  });
});

describe('a document with very much in it', () => {
  it('gives way to other work while its numbers are read', async () => {
    for (const number of ['1', '1.0']) {
      const document = `[${Array.from({ length: 500_000 }, () => number).join()}]`;
      assert.ok((await turnsOfOthers(rows('a.json', document))) >= 5, number);
    }
    assert.ok((await turnsOfOthers(rows('a.jsonl', '{"a":1}\n'.repeat(100_000)))) >= 10);
  });

  it('has at most a million rows', async () => {
    await assert.rejects(rows('a.json', `[${'1,'.repeat(1_000_000)}1]`), /has 1,000,001 rows, and at most 1,000,000/);
  });
});
