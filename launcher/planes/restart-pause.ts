const FIRST_MILLISECONDS = 250;
/** While it may still be the database that is starting too: a plane must be ready again within 5 s. */
const SOON_MILLISECONDS = 1_000;
const SOON_FAILURES = 30;
const LONGEST_MILLISECONDS = 5_000;

/**
 * Before a plane is started again.
 *
 * @param failures starts in succession that ended before the plane was ready; 0 for one that had been ready.
 */
export function pauseBeforeRestart(failures: number): number {
  if (failures === 0) return 0;
  if (failures > SOON_FAILURES) return LONGEST_MILLISECONDS;
  return Math.min(FIRST_MILLISECONDS * 2 ** (failures - 1), SOON_MILLISECONDS);
}
