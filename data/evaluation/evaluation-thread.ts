import { createContext, Script } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { ExpressionError } from '@holdfast/workflow/expressions';
import { checkAnswer } from './check-answer.ts';
import { evaluateStep } from './evaluate-step.ts';
import type { EvaluationOutcome, EvaluationRequest, ThreadAnswer, ThreadRequest } from './requests.ts';

/** The program of a thread: one evaluation after the other. See thread-lane.ts. */

const script = new Script('evaluate()');
const place = createContext({ evaluate: (): unknown => undefined }) as { evaluate: () => unknown };

parentPort?.on('message', ({ request, milliseconds }: ThreadRequest) => {
  const begun = performance.now();
  const outcome = evaluateWithin(request, milliseconds);
  parentPort?.postMessage({ outcome, spentMilliseconds: performance.now() - begun } satisfies ThreadAnswer);
});

/** The time limit of a script also ends what it calls, a regular expression included. */
function evaluateWithin(request: EvaluationRequest, milliseconds: number): EvaluationOutcome {
  let during = '';
  place.evaluate = () =>
    request.kind === 'answer'
      ? checkAnswer(request.schema, request.answer)
      : evaluateStep(request.step, request.document, request.bytes, (what) => {
          during = what;
        });
  try {
    return { kind: 'made', value: script.runInContext(place, { timeout: milliseconds }) };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'too_long', during };
    if (error instanceof ExpressionError) return { kind: 'failed', message: error.message };
    throw error;
  }
}
