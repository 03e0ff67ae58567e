import type { Failure } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { UNCERTAIN } from '@holdfast/db/data';
import { ExpressionsTooSlow } from '../evaluation/evaluator.ts';
import { isLeftOut } from '../sources/left-out.ts';
import type { ItemResult } from './item-changes.ts';
import { asksForTooLong, delayAfter, type RetryPolicy } from './retry.ts';
import type { LogLevel } from './run-log.ts';

/** An attempt to take a document through the steps that ended with an error. */
export interface FailedAttempt {
  readonly error: unknown;
  /** What is shown of the error. */
  readonly failure: Failure;
  readonly documentName: string;
  /** From 1. */
  readonly number: number;
  /** The document was about to be sent to a service that would not know it again. */
  readonly announced: boolean;
  /** The run is to stop, and what is under way was aborted. */
  readonly aborted: boolean;
}

/** What becomes of the document, of the run's log and of the run. */
export interface FailedAttemptOutcome {
  readonly result: ItemResult;
  readonly line?: { readonly level: LogLevel; readonly failure: Failure; readonly say: (detail: string) => string };
  /** Until the next attempt; absent when there is none. */
  readonly againMilliseconds?: number;
  /**
   * `unless-others-pass`: a service that took another document meanwhile is there; this one is at fault.
   * `when-met-again`: the service asks for more time than a run waits. This document is set aside; the run
   * ends when another one meets the same before any has passed.
   */
  readonly stopsRun: 'no' | 'yes' | 'unless-others-pass' | 'when-met-again';
}

/**
 * Decides how a failed attempt is settled: whether the document waits, is left out, is tried again or has
 * failed, and whether the other documents would meet the same. An outage of the database decides nothing and
 * is not for here.
 */
export function settleFailedAttempt(
  { error, failure, documentName, number, announced, aborted }: FailedAttempt,
  retry: RetryPolicy,
  random: () => number = Math.random,
): FailedAttemptOutcome {
  if (aborted) {
    return announced
      ? { result: { status: 'failed', failure: UNCERTAIN }, line: uncertainLine(documentName, UNCERTAIN), stopsRun: 'no' }
      : { result: { status: 'waiting', failure: null }, stopsRun: 'no' };
  }
  if (isLeftOut(error)) {
    const line = { level: 'warning', failure, say: (detail: string) => `Left out: ${detail}` } as const;
    return { result: { status: 'skipped', failure }, line, stopsRun: 'no' };
  }
  const ofConnector = error instanceof ConnectorError ? error : undefined;
  if (announced && ofConnector?.mayHaveArrived === true) {
    const uncertain = { ...UNCERTAIN, detail: `${failure.detail} It may have arrived.` };
    return { result: { status: 'failed', failure: uncertain }, line: uncertainLine(documentName, uncertain), stopsRun: 'no' };
  }
  const setAside = ofConnector !== undefined && asksForTooLong(ofConnector);
  const retryable = ofConnector?.retryable === true && !setAside;
  if (retryable && number < retry.attempts) {
    const againMilliseconds = delayAfter(retry, number, ofConnector.retryAfterMilliseconds, random);
    const seconds = (againMilliseconds / 1000).toFixed(1);
    const say = (detail: string) => `“${documentName}”: attempt ${number} failed. ${detail} Trying again in ${seconds} s.`;
    return { result: { status: 'waiting', failure }, line: { level: 'warning', failure, say }, againMilliseconds, stopsRun: 'no' };
  }
  const after = retryable ? ` Given up after ${number} attempts.` : '';
  const say = (detail: string) => `“${documentName}”: ${detail}${after}`;
  const ofAll = ofConnector === undefined ? error instanceof ExpressionsTooSlow : !ofConnector.documentOnly;
  const stopsRun = !ofAll ? 'no' : setAside ? 'when-met-again' : retryable ? 'unless-others-pass' : 'yes';
  return { result: { status: 'failed', failure }, line: { level: 'error', failure, say }, stopsRun };
}

function uncertainLine(documentName: string, failure: Failure): FailedAttemptOutcome['line'] {
  return { level: 'error', failure, say: (detail) => `“${documentName}”: ${detail} ${failure.remedy}` };
}
