import { parentPort } from 'node:worker_threads';
import { ExpressionError } from '@holdfast/workflow/expressions';
import { checkAnswer } from './check-answer.ts';
import { evaluateStep } from './evaluate-step.ts';
import { withinProcessorTime } from './processor-time.ts';
import type { EvaluationOutcome, EvaluationRequest, ThreadAnswer, ThreadRequest } from './requests.ts';

/** The program of a thread: one evaluation after the other. See thread-lane.ts. */

parentPort?.on('message', ({ request, milliseconds }: ThreadRequest) => {
  let during = '';
  const end = withinProcessorTime(
    () =>
      evaluate(request, (what) => {
        during = what;
      }),
    milliseconds,
  );
  const answer: ThreadAnswer =
    end.kind === 'made'
      ? { outcome: end.value, spentMilliseconds: end.spentMilliseconds }
      : { outcome: { kind: 'too_long', during }, spentMilliseconds: milliseconds };
  parentPort?.postMessage(answer);
});

function evaluate(request: EvaluationRequest, begins: (what: string) => void): EvaluationOutcome {
  try {
    const value =
      request.kind === 'answer'
        ? checkAnswer(request.schema, request.answer)
        : evaluateStep(request.step, request.document, request.bytes, begins);
    return { kind: 'made', value };
  } catch (error) {
    if (error instanceof ExpressionError) return { kind: 'failed', message: error.message };
    throw error;
  }
}
