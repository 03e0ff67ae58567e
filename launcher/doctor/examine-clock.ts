import type { Finding } from './finding.ts';

/** Clocks of two machines that differ by more are worth a word. */
const DIFFERENCE_MAXIMUM_SECONDS = 5;

/**
 * Compares three times: of this machine, of the database's, and the latest that the instance has seen,
 * against which expiry is decided. When that is in the future, a clock is or was wrong.
 */
export function examineClock({ machine, database, latest }: Readonly<Record<'machine' | 'database' | 'latest', Date>>): Finding {
  const seconds = (later: Date, earlier: Date) => Math.round((later.getTime() - earlier.getTime()) / 1000);
  const ahead = seconds(latest, database);
  if (ahead > DIFFERENCE_MAXIMUM_SECONDS) {
    return {
      state: 'warning',
      what: `The database's clock is ${ahead} s behind ${latest.toISOString()}, the latest time that this instance has seen. What expires until then counts as expired.`,
      remedy:
        'Correct the clock (NTP) if it is behind. If it was in the future before, wait until then, or have the owner of the database run: update holdfast.clock set latest = clock_timestamp(). Secrets, tokens and sessions that had expired by the wrong clock alone are valid again then.',
    };
  }
  const difference = Math.abs(seconds(machine, database));
  return difference > DIFFERENCE_MAXIMUM_SECONDS
    ? {
        state: 'warning',
        what: `The database's clock differs from ours by ${difference} s.`,
        remedy: 'Let both machines keep their time by NTP.',
      }
    : { state: 'fine', what: 'Clocks agree.' };
}
