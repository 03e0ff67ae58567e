/** Of a processor. What may be taken at once, and what each evaluation adds to what is left of that. */
const MOST_MILLISECONDS = 2_500;
const MILLISECONDS_PER_EVALUATION = 10;
/** To read and check a long answer takes about a third of it. */
const BYTES_PER_MILLISECOND = 16_384;

/** The time of a thread that the evaluations of one run, or of one use, may take together. */
export interface EvaluationTime {
  isUsedUp(): boolean;
  /** @param bytes that were evaluated. */
  take(milliseconds: number, bytes: number): void;
}

export function createEvaluationTime(): EvaluationTime {
  let left = MOST_MILLISECONDS;
  return {
    isUsedUp: () => left <= 0,
    take(milliseconds, bytes) {
      left = Math.min(MOST_MILLISECONDS, left + MILLISECONDS_PER_EVALUATION + bytes / BYTES_PER_MILLISECOND - milliseconds);
    },
  };
}
