import type { TokenSum } from '../use/component/token-sum.ts';

/**
 * What a step with a model took, for the run's log; `undefined` when its service has counted nothing.
 *
 * @param step its name.
 */
export function tokensInWords(step: string, { answers, input, output, cost }: TokenSum): string | undefined {
  if (answers === 0) return undefined;
  const counted = `${numberOf(input)} input and ${numberOf(output)} output tokens`;
  const cause = answers === 1 ? '1 answer' : `${numberOf(answers)} answers`;
  return `“${step}” took ${counted} for ${cause}${cost === undefined ? '' : `, which cost ${numberOf(cost)}`}.`;
}

const numberOf = (number: number): string => number.toLocaleString('en', { maximumFractionDigits: 6 });
