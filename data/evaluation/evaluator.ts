import { HoldfastError } from '@holdfast/api';
import { ConnectorError, type InTurn } from '@holdfast/connector';
import type { DocumentFacts } from '@holdfast/workflow/expressions';
import { createEvaluationTime } from './evaluation-time.ts';
import { createFairSemaphore } from './fair-semaphore.ts';
import type { EvaluationOutcome, EvaluationRequest, EvaluationValues, StepExpressions } from './requests.ts';
import { bytesOf, createLane, type LaneOutcome } from './thread-lane.ts';

/** Of a processor, as all times here. Nearly all are done in a hundredth of it. */
const SHORT_MILLISECONDS = 20;
/** What is longer is not asked for there: to read it takes a while, and nothing ends that. */
const SHORT_MAXIMUM_BYTES = 65_536;
const SHORT_MEMORY_MEBIBYTES = 64;
const LONG_MEMORY_MEBIBYTES = 512;
/** Documents that are parsed at once, each in a thread of up to 768 MiB, and those of one organization. */
const PARSED_AT_ONCE = { maximum: 3, maximumOfOne: 2 };
/** For the expressions of one step and one document. */
const STEP_MILLISECONDS = 250;
/** For one answer. */
const ANSWER_MILLISECONDS = 1_000;

/** The expressions of a run are so slow that the other documents would not get through either. */
export class ExpressionsTooSlow extends HoldfastError {
  constructor() {
    super(
      'expression_failed',
      'The expressions of the workflow take too long for many documents: the run is ended, so that others go on.',
      {
        remedy: 'Make its conditions and mappings simpler (a pattern with + or * inside of + or * is slow), publish it, and run it again.',
      },
    );
  }
}

/** The evaluations of one run, or of one use of a component, which share what they may take of a thread. */
export interface Evaluations {
  /**
   * What the expressions of a step give for one document.
   *
   * @param bytes what the document holds, when an expression looks for it.
   * @throws HoldfastError `expression_failed` for this document, by the step’s name; ExpressionsTooSlow for
   *   the run; the reason of the signal as soon as it is aborted.
   */
  evaluateStep(
    step: StepExpressions,
    document: DocumentFacts,
    bytes: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<EvaluationValues['step']>;
  /** See `answerFault` of ConnectorContext. @throws the reason of the signal as soon as it is aborted. */
  answerFault(schema: object, answer: string, signal: AbortSignal): Promise<string | undefined>;
  /** See `inTurn` of ConnectorContext. It does not take of that time. */
  readonly inTurn: InTurn;
}

export interface Evaluator {
  /** @param organizationId whose turn it is with its evaluations. */
  ofOne(organizationId: string): Evaluations;
  close(): Promise<void>;
}

/**
 * Evaluates what people wrote (expressions, JSON Schemas) about documents, which the event loop never does:
 * it is in threads, and each organization has its turn there. What takes more than 20 ms is begun again in
 * a second thread, where one of another organization may take as much as a second. Nobody waits for that who
 * has quick ones. Documents of other people are parsed by the connectors, when this gives them a place.
 */
export function createEvaluator(): Evaluator {
  const short = createLane({ memoryMebibytes: SHORT_MEMORY_MEBIBYTES });
  const long = createLane({ memoryMebibytes: LONG_MEMORY_MEBIBYTES });
  const parsing = createFairSemaphore(PARSED_AT_ONCE);
  return {
    ofOne(organizationId) {
      const time = createEvaluationTime();
      async function evaluate(request: EvaluationRequest, milliseconds: number, signal: AbortSignal): Promise<LaneOutcome> {
        if (bytesOf(request) <= SHORT_MAXIMUM_BYTES) {
          const outcome = await short.evaluate({ organizationId, request, milliseconds: SHORT_MILLISECONDS, time, signal });
          if (outcome.kind !== 'too_long') return outcome;
        }
        return long.evaluate({ organizationId, request, milliseconds, time, signal });
      }
      return {
        inTurn: (work, signal) => parsing.take(organizationId, work, signal),
        async evaluateStep(step, document, bytes, signal) {
          const outcome = await evaluate({ kind: 'step', step, document, bytes }, STEP_MILLISECONDS, signal);
          if (outcome.kind === 'used_up') throw new ExpressionsTooSlow();
          if (outcome.kind === 'made') return outcome.value as EvaluationValues['step'];
          throw new HoldfastError('expression_failed', outcome.kind === 'failed' ? outcome.message : tooLong(step, outcome));
        },
        async answerFault(schema, answer, signal) {
          const outcome = await evaluate({ kind: 'answer', schema: JSON.stringify(schema), answer }, ANSWER_MILLISECONDS, signal);
          if (outcome.kind === 'made') return outcome.value as EvaluationValues['answer'];
          if (outcome.kind === 'failed') throw new Error(outcome.message);
          const what = outcome.kind === 'used_up' ? 'takes too long for many answers' : 'takes more than a second';
          throw new ConnectorError('option_invalid', `The check of an answer against the JSON Schema ${what}.`, {
            remedy: 'Make its patterns and references simpler: a pattern with + or * inside of + or * is slow.',
          });
        },
      };
    },
    async close() {
      await Promise.all([short.close(), long.close()]);
    },
  };
}

function tooLong({ name }: StepExpressions, { during }: Extract<EvaluationOutcome, { kind: 'too_long' }>): string {
  return `The ${during || 'expressions'} of the step “${name}” cannot be evaluated. It takes too long for this document.`;
}
