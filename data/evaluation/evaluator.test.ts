import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { createEvaluationTime } from './evaluation-time.ts';
import { createEvaluator, type Evaluator, ExpressionsTooSlow } from './evaluator.ts';
import { createLane } from './thread-lane.ts';

const DOCUMENT = { name: 'a.json', contentType: 'application/json', size: 10, source: 'inbox' };
/** No time is enough for these. */
const ENDLESS = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
const ENDLESS_ANSWER = JSON.stringify({ a: `${'a'.repeat(40)}!` });
const endless = { name: 'keep', condition: 'result.a.matches("^(a+)+$")', mapping: undefined };
const quick = { name: 'keep', condition: 'document.size > 1', mapping: undefined };
const signal = new AbortController().signal;

describe('evaluations', { concurrency: false, timeout: 240_000 }, () => {
  let evaluator: Evaluator;
  beforeEach(() => {
    evaluator = createEvaluator();
  });
  afterEach(() => evaluator.close());

  // V8 ends the whole process when one allocation is far beyond the heap: so these have a process.
  it('fail by name for what makes very long texts, lists or JSON of a short name', () => {
    const doubled = (first: string, times: number) => first + '.map(a,a+a)'.repeat(times);
    const eight = '.map(a,[a,a,a,a,a,a,a,a])';
    const made = {
      'a text': `${doubled('[document.name]', 25)}[0].split("a")`,
      'a list': doubled('[[1,2]]', 25),
      bytes: `${doubled('[bytes(document.name)]', 25)}.size()`,
      'a joined text': `${doubled('[document.name]', 16)}${eight}[0].join()`,
      JSON: `${doubled('[document.name]', 16)}${eight}`,
    };
    // Without the limit of time, which could end them first.
    const program = `import { evaluateStep } from ${JSON.stringify(new URL('./evaluate-step.ts', import.meta.url).href)};
      for (const field of ${JSON.stringify(Object.values(made))}) {
        const document = { ...${JSON.stringify(DOCUMENT)}, name: 'abcdefgh.pdf' };
        try { evaluateStep({ name: 'keep', mapping: { fields: { field } } }, document, undefined, () => {}); } catch (error) { console.log(error.message); }
      }`;
    const flags = ['--max-old-space-size=64', '--eval', program];
    const { stdout, signal: killedBy } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    const long = 'It makes a text or a list of more than a million characters or elements.';
    const expected = [long, long, long, long, 'It gives more than 4 MiB of JSON.'];
    const failed = (why: string) => `The mapping of “field” of the step “keep” cannot be evaluated. ${why}`;
    assert.deepEqual([killedBy, ...stdout.trim().split('\n')], [null, ...expected.map(failed)], Object.keys(made).join());
  });

  it('give what expressions make of a document, and why an answer does not fit', async () => {
    const one = evaluator.ofOne('a');
    const bytes = Buffer.from('{"total": 3}');
    const mapping = { name: 'document.stem + ".txt"', fields: { total: 'result.total', many: 'document.size' } };
    assert.deepEqual(await one.evaluateStep({ name: 'keep', condition: 'result.total > 2', mapping }, DOCUMENT, bytes, signal), {
      name: 'a.txt',
      fields: '{\n  "total": 3,\n  "many": 10\n}\n',
    });
    assert.equal(await one.evaluateStep({ name: 'keep', condition: 'result.total > 3', mapping }, DOCUMENT, bytes, signal), undefined);
    const schema = { type: 'object', required: ['total'], properties: { total: { type: 'number' } } };
    assert.equal(await one.answerFault(schema, '{"total": 3}', signal), undefined);
    assert.match((await one.answerFault(schema, '{"total": "a word"}', signal)) ?? '', /^total: Enter a number\.$/);
    assert.match((await one.answerFault(schema, '{}', signal)) ?? '', /^total: This is required\.$/);
    assert.equal(await one.answerFault(schema, 'Sure! Here is', signal), 'It is not valid JSON.');
    const tree = { type: 'array', items: { $ref: '#' } };
    assert.equal(await one.answerFault(tree, '[[[]]]', signal), undefined);
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    assert.equal(await one.answerFault(tree, deep, signal), 'It has more than 1,000 levels of lists and objects inside one another.');
    assert.equal(await one.answerFault({ type: 'object', additionalProperties: false }, '{"a":1}', signal), fieldOfNone);
  });

  it('end when a pattern or lists in lists take too long, by the name of the expression', async () => {
    const one = evaluator.ofOne('a');
    const list = JSON.stringify({ l: Array.from({ length: 3_000 }, (_, index) => index) });
    for (const [step, held] of [
      [endless, ENDLESS_ANSWER],
      [{ ...endless, condition: 'result.l.all(a, result.l.all(b, result.l.all(c, a + b + c >= 0.0)))' }, list],
    ] as const) {
      await assert.rejects(one.evaluateStep(step, DOCUMENT, Buffer.from(held), signal), (error) => {
        assert.ok(error instanceof HoldfastError && !(error instanceof ExpressionsTooSlow));
        assert.match(error.message, /^The condition of the step “keep” cannot be evaluated\. It takes too long for this document\.$/);
        return true;
      });
    }
    await assert.rejects(one.answerFault(ENDLESS, ENDLESS_ANSWER, signal), wrongOption(/takes more than a second/));
    assert.deepEqual(await one.evaluateStep(quick, DOCUMENT, undefined, signal), { name: undefined, fields: undefined });
  });

  it('leave the event loop to others, however long they take', async () => {
    let isOver = false;
    const check = evaluator
      .ofOne('a')
      .answerFault(ENDLESS, ENDLESS_ANSWER, signal)
      .finally(() => {
        isOver = true;
      });
    let turns = 0;
    const counting = (async () => {
      for (; !isOver; turns += 1) await setImmediate();
    })();
    await assert.rejects(check, wrongOption(/takes more than a second/));
    await counting;
    // Where it is evaluated in the loop there are two.
    assert.ok(turns > 100, `${turns} turns`);
  });

  it('of one organization hold up no quick ones of another, and slow ones of another by one of them', async () => {
    const ended: string[] = [];
    const note = (what: string, evaluation: Promise<unknown>) =>
      evaluation.then(
        () => ended.push(what),
        () => ended.push(what),
      );
    const held = Buffer.from(ENDLESS_ANSWER);
    // All of one organization wait in line before the first of the other.
    const many = Array.from({ length: 6 }, (_, index) =>
      note(`a ${index}`, evaluator.ofOne('a').evaluateStep(endless, DOCUMENT, held, signal)),
    );
    const other = evaluator.ofOne('b');
    const slow = note('b slow', other.evaluateStep(endless, DOCUMENT, held, signal));
    const fast = Array.from({ length: 20 }, () => note('b quick', other.evaluateStep(quick, DOCUMENT, undefined, signal)));
    await Promise.all([...many, slow, ...fast]);
    const before = (what: string) => ended.slice(0, ended.indexOf(what)).filter((each) => each.startsWith('a ')).length;
    assert.ok(before('b slow') <= 2, ended.join(', '));
    assert.ok(ended.lastIndexOf('b quick') < ended.indexOf('a 1'), ended.join(', '));
  });

  it('of one run or use end when they have taken too long together', async () => {
    const use = evaluator.ofOne('a');
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => use.answerFault(ENDLESS, ENDLESS_ANSWER, signal)));
    const ends = answers.map(
      (end) => /takes (more than a second|too long for many answers)/.exec(String(end.status === 'rejected' && end.reason))?.[1],
    );
    assert.deepEqual(ends, [...Array(3).fill('more than a second'), ...Array(2).fill('too long for many answers')]);
    // Others have not.
    assert.deepEqual(await evaluator.ofOne('a').evaluateStep(quick, DOCUMENT, undefined, signal), { name: undefined, fields: undefined });
  });

  it('do not count a long answer as a slow check', () => {
    const time = createEvaluationTime();
    for (let number = 0; number < 1_000; number += 1) time.take(900, 16 * 1024 * 1024);
    assert.ok(!time.isUsedUp());
    for (let number = 0; number < 3; number += 1) time.take(900, 1_000);
    assert.ok(time.isUsedUp());
  });

  it('that take more memory than their thread has end, and the next begins', async () => {
    await using lane = { ...createLane({ memoryMebibytes: 16 }), [Symbol.asyncDispose]: () => lane.close() };
    const evaluate = (answer: string) =>
      lane.evaluate({
        organizationId: 'a',
        request: { kind: 'answer', schema: '{"items":{"type":"string"}}', answer },
        milliseconds: 20_000,
        time: createEvaluationTime(),
        signal,
      });
    assert.equal((await evaluate(`[${'1,'.repeat(1_000_000)}1]`)).kind, 'too_long');
    assert.deepEqual(await evaluate('[]'), { kind: 'made', value: undefined });
  });

  it('of an answer that would take all memory of its thread while it is read do not end the process', async () => {
    const answers = [`[${'{},'.repeat(5_592_000)}0]`, `${'['.repeat(8_388_000)}${']'.repeat(8_388_000)}`];
    for (const answer of answers)
      assert.match((await evaluator.ofOne('a').answerFault({}, answer, signal)) ?? '', /^It has more than 1,000,000/);
  });

  it('that are given up end at once: no more of them begins, and others have their turn', async () => {
    await using lane = { ...createLane({ memoryMebibytes: 64 }), [Symbol.asyncDispose]: () => lane.close() };
    const stop = new AbortController();
    let done = 0;
    const evaluate = (organizationId: string, answer: string, by: AbortSignal) =>
      lane.evaluate({
        organizationId,
        request: { kind: 'answer', schema: JSON.stringify(ENDLESS), answer },
        milliseconds: 250,
        time: {
          isUsedUp: () => false,
          take() {
            done += 1;
          },
        },
        signal: by,
      });
    const givenUp = Promise.allSettled(Array.from({ length: 3 }, () => evaluate('a', ENDLESS_ANSWER, stop.signal)));
    const other = evaluate('b', '{"a":"a"}', signal);
    stop.abort(new Error('The run was cancelled.'));
    for (const end of await givenUp) assert.match(String((end as PromiseRejectedResult).reason), /The run was cancelled/);
    assert.equal(done, 0);
    assert.deepEqual(await other, { kind: 'made', value: undefined });
    assert.equal(done, 2, 'the one that was under way, and the other');
    await assert.rejects(evaluate('a', '{}', stop.signal), /The run was cancelled/);
  });

  it('of a step and of an answer are given up in either thread', async () => {
    const long = ' '.repeat(70_000);
    for (const answer of [ENDLESS_ANSWER, ENDLESS_ANSWER + long]) {
      const stop = new AbortController();
      const one = evaluator.ofOne('a');
      const ends = Promise.allSettled([
        one.evaluateStep(endless, DOCUMENT, Buffer.from(answer), stop.signal),
        one.answerFault(ENDLESS, answer, stop.signal),
      ]);
      stop.abort(new Error('The run was cancelled.'));
      for (const end of await ends) assert.match(String((end as PromiseRejectedResult).reason), /The run was cancelled/);
    }
  });

  it('that wait when the process ends are refused', async () => {
    const waiting = Promise.allSettled(
      Array.from({ length: 3 }, () => evaluator.ofOne('a').evaluateStep(endless, DOCUMENT, Buffer.from(ENDLESS_ANSWER), signal)),
    );
    await setImmediate();
    await evaluator.close();
    for (const end of await waiting) assert.match(String((end as PromiseRejectedResult).reason), /the process ends/);
    await assert.rejects(evaluator.ofOne('a').evaluateStep(quick, DOCUMENT, undefined, signal), /the process ends/);
  });
});

const fieldOfNone = 'It has a field that the schema does not allow, or breaks another of its rules.';

const wrongOption = (words: RegExp) => (error: unknown) =>
  error instanceof ConnectorError && error.code === 'option_invalid' && !error.documentOnly && words.test(error.message);
