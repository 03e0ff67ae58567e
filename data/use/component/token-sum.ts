import type { TokensTaken } from '@holdfast/connector';

/** What the answers of a model took together. */
export interface TokenSum {
  readonly answers: number;
  readonly input: number;
  readonly output: number;
  /** Of the answers with a cost; `undefined` when none has one. */
  readonly cost: number | undefined;
}

export const NO_TOKENS: TokenSum = { answers: 0, input: 0, output: 0, cost: undefined };

/** The sum with one answer more. */
export function plusTokens(sum: TokenSum, { input, output, cost }: TokensTaken): TokenSum {
  return {
    answers: sum.answers + 1,
    input: sum.input + input,
    output: sum.output + output,
    cost: cost === undefined ? sum.cost : (sum.cost ?? 0) + cost,
  };
}
