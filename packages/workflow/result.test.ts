import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExpressionError, type ExpressionUse, evaluateExpression } from './expressions.ts';
import { RESULT_MAXIMUM_BYTES, RESULT_MAXIMUM_DEPTH, readResult } from './result.ts';

const document = { name: 'a.json', contentType: 'application/json', size: 1, source: 'inbox' };
const resultOf = (text: string) => readResult(Buffer.from(text, 'utf8'));
const evaluated = (text: string, json: string, use: ExpressionUse = 'field') =>
  evaluateExpression(text, use, { document, result: resultOf(json) });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('the result that expressions see', () => {
  it('has every key of the document, also those that objects of the language have', () => {
    const json = '{"constructor": "ACME", "__proto__": {"x": 1}, "toString": null, "total": 5, "lines": [{"n": 1}, {"n": 2, "v": 2.5}]}';
    assert.equal(evaluated('result.constructor', json), 'ACME');
    assert.equal(evaluated('result.__proto__.x', json), 1);
    assert.deepEqual(evaluated('result.lines.filter(line, has(line.v))', json), [{ n: 2, v: 2.5 }]);
    assert.equal(evaluated('has(result.valueOf)', json, 'condition'), false);
    assert.equal(evaluated('"total" in result && size(result) == 5', json, 'condition'), true);
    assert.equal(JSON.stringify(evaluated('result', json)), JSON.stringify(JSON.parse(json)));
    assert.equal(({} as { x?: unknown }).x, undefined);
  });

  it('is any JSON value', () => {
    for (const json of ['null', 'true', '"text"', '12.5', '[]', '{}', '[null, "a\\"]["]']) {
      assert.deepEqual(evaluated('result', json), JSON.parse(json));
    }
  });

  it('is not there when the document is no JSON, too long or nested too deeply', () => {
    const long = JSON.stringify('x'.repeat(RESULT_MAXIMUM_BYTES));
    for (const text of ['', '{', '\u0000', long, nested(RESULT_MAXIMUM_DEPTH + 1), nested(5_000), nested(120_000), '['.repeat(200_000)]) {
      assert.equal(resultOf(text), undefined, text.slice(0, 20));
    }
    assert.throws(
      () => evaluateExpression('size(result) > 0', 'condition', { document }),
      (error) => error instanceof ExpressionError && /no JSON of at most 256 KiB and 64 levels/.test(error.message),
    );
    const deepest = nested(RESULT_MAXIMUM_DEPTH);
    assert.equal(JSON.stringify(evaluated('result', deepest)), deepest);
    assert.equal(evaluated('result == result', deepest, 'condition'), true);
    const brackets = JSON.stringify({ text: '[{'.repeat(1_000), quote: '"[' });
    assert.equal(JSON.stringify(evaluated('result', brackets)), brackets);
  });
});
