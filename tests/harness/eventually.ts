import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again every `everyMilliseconds` until the answer is neither undefined nor false; an error counts as
 * not yet. After `withinMilliseconds` it fails with the last error, or with what was waited for.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMilliseconds = 30_000, everyMilliseconds = 50 } = {},
): Promise<T> {
  const deadline = performance.now() + withinMilliseconds;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${withinMilliseconds} ms in vain for: ${what}.`, { cause: lastError });
    }
    await sleep(everyMilliseconds);
  }
}
