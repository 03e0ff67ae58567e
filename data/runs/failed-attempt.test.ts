import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, type Failure, HoldfastError } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { UNCERTAIN } from '@holdfast/db/data';
import { ExpressionsTooSlow } from '../evaluation/evaluator.ts';
import { leftOut } from '../sources/left-out.ts';
import { type FailedAttempt, settleFailedAttempt } from './failed-attempt.ts';

const RETRY = { attempts: 3, firstDelayMilliseconds: 1_000, maximumDelayMilliseconds: 30_000 };
const FAILURE: Failure = { code: 'upstream_unreachable', detail: 'The service does not answer.', remedy: 'Wait.' };
const unreachable = (options: ConstructorParameters<typeof ConnectorError>[2] = {}) =>
  new ConnectorError('upstream_unreachable', FAILURE.detail, options);

function settled(attempt: Partial<FailedAttempt>) {
  const outcome = settleFailedAttempt(
    { error: unreachable(), failure: FAILURE, documentName: 'a.pdf', number: 1, announced: false, aborted: false, ...attempt },
    RETRY,
    () => 1,
  );
  const { line, ...rest } = outcome;
  return { ...rest, line: line && `${line.level}: ${line.say(line.failure.detail)}` };
}

describe('a failed attempt', () => {
  it('leaves the document waiting when the run was stopped before anything was sent', () => {
    assert.deepEqual(settled({ aborted: true }), { result: { status: 'waiting', failure: null }, stopsRun: 'no', line: undefined });
  });

  it('fails the document as uncertain when the run was stopped while it was being sent', () => {
    const { result, stopsRun, line } = settled({ aborted: true, announced: true });
    assert.deepEqual([result, stopsRun], [{ status: 'failed', failure: UNCERTAIN }, 'no']);
    assert.equal(line, `error: “a.pdf”: ${UNCERTAIN.detail} ${UNCERTAIN.remedy}`);
  });

  it('fails the document as uncertain, and is not repeated, when it may have arrived where it is not known again', () => {
    const error = unreachable({ retryable: true, mayHaveArrived: true });
    const { result, againMilliseconds, stopsRun } = settled({ error, announced: true });
    const failure = { ...UNCERTAIN, detail: 'The service does not answer. It may have arrived.' };
    assert.deepEqual([result, againMilliseconds, stopsRun], [{ status: 'failed', failure }, undefined, 'no']);
    // Where it is known again, it is simply sent again.
    assert.equal(settled({ error, announced: false }).result.status, 'waiting');
  });

  it('leaves out a file that is gone', () => {
    const error = leftOut('a.pdf', Object.assign(new Error('gone'), { code: 'ENOENT' }));
    const failure = { ...FAILURE, code: 'source_unavailable' as ErrorCode };
    const outcome = settled({ error, failure });
    assert.deepEqual(outcome, {
      result: { status: 'skipped', failure },
      stopsRun: 'no',
      line: `warning: Left out: ${FAILURE.detail}`,
    });
  });

  it('is repeated as long as the policy allows, and not sooner than the service asks', () => {
    const error = unreachable({ retryable: true });
    assert.deepEqual(settled({ error, number: 2 }), {
      result: { status: 'waiting', failure: FAILURE },
      againMilliseconds: 2_000,
      stopsRun: 'no',
      line: 'warning: “a.pdf”: attempt 2 failed. The service does not answer. Trying again in 2.0 s.',
    });
    assert.equal(settled({ error: unreachable({ retryable: true, retryAfterMilliseconds: 9_000 }) }).againMilliseconds, 9_000);
  });

  it('stops the run after the last one, unless the service takes other documents', () => {
    const { result, againMilliseconds, stopsRun, line } = settled({ error: unreachable({ retryable: true }), number: 3 });
    assert.deepEqual([result, againMilliseconds], [{ status: 'failed', failure: FAILURE }, undefined]);
    assert.equal(stopsRun, 'unless-others-pass');
    assert.equal(line, 'error: “a.pdf”: The service does not answer. Given up after 3 attempts.');
  });

  it('is not repeated when the service asks for more time than a run waits, whichever attempt it is', () => {
    const error = unreachable({ retryable: true, retryAfterMilliseconds: 300_001 });
    for (const number of [1, 3]) {
      const { result, againMilliseconds, stopsRun, line } = settled({ error, number });
      assert.deepEqual([result, againMilliseconds, stopsRun], [{ status: 'failed', failure: FAILURE }, undefined, 'when-met-again']);
      assert.equal(line, 'error: “a.pdf”: The service does not answer.');
    }
    const ofTheDocument = unreachable({ retryable: true, retryAfterMilliseconds: 300_001, documentOnly: true });
    assert.equal(settled({ error: ofTheDocument }).stopsRun, 'no');
    const asLongAsItWaits = unreachable({ retryable: true, retryAfterMilliseconds: 300_000 });
    assert.equal(settled({ error: asLongAsItWaits }).againMilliseconds, 300_000);
  });

  it('stops the run at once when every document would meet the same', () => {
    for (const error of [unreachable(), new ExpressionsTooSlow()]) assert.equal(settled({ error }).stopsRun, 'yes', error.name);
  });

  it('is that of its own document when the connector, an expression or we are at fault with it alone', () => {
    const errors = [
      unreachable({ documentOnly: true }),
      unreachable({ documentOnly: true, retryable: true }),
      new HoldfastError('expression_failed', 'The expression has no such field.'),
      new TypeError('of ours'),
    ];
    for (const error of errors) {
      const { result, stopsRun } = settled({ error, number: 3 });
      assert.deepEqual([result.status, stopsRun], ['failed', 'no'], error.name);
    }
  });
});
