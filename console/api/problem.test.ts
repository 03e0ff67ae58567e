import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@holdfast/sdk';
import { problemOf, spreadProblem } from './problem.ts';

const base = { type: 'about:blank', title: 'The request is not valid', status: 400, code: 'invalid_request', detail: 'D', remedy: 'R' };

test('messages of the server go beside the fields they name', () => {
  const placed: Record<string, string> = {};
  const rest = spreadProblem(
    new ProblemError({ ...base, errors: [{ field: 'body.name', detail: 'Too long.' }] }),
    ['name', 'email'],
    (field, message) => {
      placed[field] = message;
    },
  );
  assert.deepEqual(placed, { name: 'Too long.' });
  assert.equal(rest, undefined);
});

test('a message of which no field is shown stays above the buttons', () => {
  const rest = spreadProblem(new ProblemError({ ...base, field: 'envelope.sealed', requestId: 'r1' }), ['name'], () => assert.fail());
  assert.equal(rest?.requestId, 'r1');
});

test('what the browser itself refuses is no error that was written for people', () => {
  const problem = problemOf(new DOMException('Document is not focused.', 'NotAllowedError'));
  assert.equal(problem.code, 'internal');
  assert.ok(!JSON.stringify(problem).includes('focused'));
});

test('a code that only every object has is none of the table', () => {
  const problem = problemOf(Object.assign(new Error('It was refused.'), { code: 'constructor' }));
  assert.deepEqual([problem.title, problem.detail, problem.remedy], ['It did not work', 'It was refused.', 'Try again.']);
});

test('the words of an unexpected error are not shown: they may hold anything', () => {
  const problem = problemOf(new Error('hunter2 is not a function'));
  assert.ok(!JSON.stringify(problem).includes('hunter2'));
  assert.equal(problem.code, 'internal');
});
