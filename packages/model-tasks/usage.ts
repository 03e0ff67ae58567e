/** As the service counts them. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** Tokens of all answers for one document; `null` when the service does not count them. */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** In the currency of the prices. */
  readonly cost?: number;
}

const MILLION = 1_000_000;

/** @param prices of a million tokens each. */
export function usageOf(tokens: Tokens | undefined, prices: Tokens | undefined): Usage {
  if (tokens === undefined) return { inputTokens: null, outputTokens: null };
  const counted = { inputTokens: tokens.input, outputTokens: tokens.output };
  return prices === undefined ? counted : { ...counted, cost: Number(costOf(tokens, prices).toFixed(6)) };
}

/** @param prices of a million tokens each. */
export function costOf(tokens: Tokens, prices: Tokens): number {
  return (tokens.input * prices.input + tokens.output * prices.output) / MILLION;
}
