import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES } from '@holdfast/api';
import { ProblemError } from '@holdfast/sdk';
import { isUnreadable, problemOf, spreadProblem } from './problem.ts';

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

test('what was read before is shown on when its reader is not signed in any more, and not when it is gone for them', () => {
  const failed = (code: string, data?: object) => isUnreadable({ isError: true, error: new ProblemError({ ...base, code }), data });
  assert.deepEqual(
    [failed('unauthenticated', {}), failed('unauthenticated'), failed('not_found', {}), failed('forbidden', {}), failed('internal', {})],
    [false, true, true, true, false],
  );
});

test('who is not signed in is not asked to send a token from a browser', () => {
  const { title, remedy } = ERROR_CODES.unauthenticated;
  assert.equal(
    problemOf(new ProblemError({ ...base, status: 401, code: 'unauthenticated', title, remedy })).remedy.includes('token'),
    false,
  );
});
