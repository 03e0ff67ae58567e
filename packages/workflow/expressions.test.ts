import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ExpressionError, evaluateExpression, expressionFault } from './expressions.ts';

const document = { name: 'in/invoice.pdf', contentType: 'application/pdf', size: 1_200, source: 'inbox' };
const result = { total: 12.5, customer: { name: 'Ada' }, lines: [{ net: 10 }, { net: 2.5 }], number: 7 };
const failsWith = (words: RegExp) => (error: unknown) => error instanceof ExpressionError && words.test(error.message);

describe('an expression of a step', () => {
  it('sees a document and what it holds', () => {
    const facts = { document, result };
    for (const text of [
      'document.size > 1000 && document.contentType == "application/pdf"',
      'document.stem == "in/invoice" && document.extension == "pdf" && document.source == "inbox"',
      'result.total > 10 && has(result.customer.name) && !has(result.customer.mail)',
      'result.lines.all(line, line.net > 1)',
    ]) {
      assert.equal(expressionFault(text, 'condition'), undefined, text);
      assert.equal(evaluateExpression(text, 'condition', facts), true, text);
    }
    assert.equal(evaluateExpression('document.stem + "-" + string(int(result.number)) + ".json"', 'name', facts), 'in/invoice-7.json');
    assert.deepEqual(evaluateExpression('{"who": result.customer.name, "many": size(result.lines), "n": 2}', 'field', facts), {
      who: 'Ada',
      many: 2,
      n: 2,
    });
  });

  it('is checked before it is used: where it is wrong, and what it must give', () => {
    for (const [text, use, words] of [
      ['document.sise > 1', 'condition', /^No such key: sise \(at character 10\)/],
      ['documents.size > 1', 'condition', /^Unknown variable: documents \(at character 1\)/],
      ['document.size >', 'condition', /\(at character 16\)/],
      ['document.size', 'condition', /must give true or false, and gives int/],
      ['document.size', 'name', /must give a text, and gives int/],
      ['document.name + 1', 'name', /no such overload: string \+ int/],
      [`${'1+'.repeat(1_100)}1`, 'field', /at most 2000 characters/],
      [`${'('.repeat(60)}1${')'.repeat(60)}`, 'field', /./],
    ] as const) {
      assert.match(String(expressionFault(text, use)), words, text);
    }
    // Nothing of the program can be reached.
    for (const text of ['process.exit()', 'constructor', 'document.constructor', 'this', 'globalThis']) {
      assert.notEqual(expressionFault(text, 'field'), undefined, text);
    }
  });

  it('is right wherever the guide shows one', () => {
    const guide = readFileSync(new URL('../../docs/guides/workflows.md', import.meta.url), 'utf8');
    const shown = [...guide.matchAll(/^\| a (condition|name|field) \| `(.+)` \|$/gm)];
    assert.ok(shown.length >= 8);
    const invoice = { total: 2_000, number: 7, customer: { name: 'Ada' }, lines: [{ net: 10 }] };
    for (const [, use, text = ''] of shown) {
      assert.equal(expressionFault(text, use as 'condition'), undefined, text);
      evaluateExpression(text, use as 'condition', { document, result: invoice });
    }
  });

  it('fails for a document that has not what it looks for, or of which it gives something else', () => {
    assert.throws(() => evaluateExpression('result.paid', 'condition', { document, result }), failsWith(/^No such key: paid\.$/));
    assert.throws(() => evaluateExpression('result.total', 'condition', { document, result }), failsWith(/neither true nor false/));
    assert.throws(() => evaluateExpression('result.total > 1', 'condition', { document }), failsWith(/There is no “result”/));
    // What it may give is checked for each use, also of a text that another has used.
    assert.equal(evaluateExpression('document.size > 0', 'condition', { document }), true);
    assert.throws(() => evaluateExpression('document.size > 0', 'name', { document }), failsWith(/must give a text/));
    assert.throws(() => evaluateExpression('result.constructor', 'field', { document, result }), failsWith(/./));
    assert.equal(evaluateExpression('document.extension == "json" && result.total > 1', 'condition', { document }), false);
  });
});
