/**
 * How often a property is tried, from which seed. A failure prints its seed and path: `RANDOM_SEED` repeats
 * it, and `RANDOM_TIMES` tries so many times as often.
 */
export function random(runs: number): { readonly numRuns: number; readonly seed?: number } {
  const { RANDOM_SEED: seed, RANDOM_TIMES: times = '1' } = process.env;
  return { numRuns: runs * Number(times), ...(seed !== undefined && { seed: Number(seed) }) };
}
