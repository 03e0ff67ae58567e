import { setImmediate } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';

/**
 * What a run may spend at once, and what each of its documents adds to what is left of that. An expression
 * usually takes some microseconds for a document.
 */
const MOST_MILLISECONDS = 2_500;
const MILLISECONDS_PER_DOCUMENT = 10;
/** From here on, what waits in this process comes first. */
const LONG_MILLISECONDS = 10;

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

/** The time that expressions of one run take of the process that runs those of all organizations. */
export interface ExpressionTime {
  /**
   * Evaluates what a step asks of one document.
   *
   * @throws ExpressionsTooSlow when the run has spent what it may; or what `evaluate` throws.
   */
  spend<T>(evaluate: () => T): Promise<T>;
}

export function createExpressionTime(): ExpressionTime {
  let left = MOST_MILLISECONDS;
  return {
    async spend(evaluate) {
      if (left <= 0) throw new ExpressionsTooSlow();
      const begun = performance.now();
      try {
        return evaluate();
      } finally {
        const spent = performance.now() - begun;
        left = Math.min(MOST_MILLISECONDS, left + MILLISECONDS_PER_DOCUMENT - spent);
        if (spent >= LONG_MILLISECONDS) await setImmediate();
      }
    },
  };
}
