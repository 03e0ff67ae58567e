import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toProblem } from './problem.ts';

const missing = (syscall: string) => Object.assign(new Error(`ENOENT: no such file or directory, ${syscall}`), { code: 'ENOENT', syscall });

test('a database whose socket is missing is away', () => {
  const { code, status, detail } = toProblem(missing('connect'), 'request');
  assert.deepEqual({ code, status, detail }, { code: 'unavailable', status: 503, detail: 'The database does not answer.' });
});

test('a file that is missing is not taken for a database that is away', () => {
  const { code, detail } = toProblem(missing('open'), 'request');
  assert.equal(code, 'internal');
  assert.doesNotMatch(detail, /ENOENT/);
});

test('what an error of the database says about it stays in the log, and the remedy is that of what happened', () => {
  const ofCode = (code: string) => toProblem(Object.assign(new Error('words of PostgreSQL'), { code }), 'request');
  assert.equal(ofCode('08007').remedy, 'Look whether it is there, and send the same request again if not.');
  assert.match(ofCode('28P01').remedy, /holdfast start/);
  assert.equal(ofCode('55P03').detail, 'Another change holds what this one needs.');
  for (const code of ['08006', '28P01', '40001', '55P03', '57014', '57P03']) {
    assert.equal(ofCode(code).code, 'unavailable', code);
    assert.doesNotMatch(ofCode(code).detail, /words of PostgreSQL/);
  }
});
