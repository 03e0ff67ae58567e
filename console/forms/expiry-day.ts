import { expiryInstant } from '@holdfast/api';

/** The day in UTC that a date field holds for an expiry; empty for none. */
export function expiryDay(expiresAt: string | null): string {
  return expiresAt === null ? '' : new Date(expiresAt).toISOString().slice(0, 10);
}

/**
 * The expiry that a date field stands for, the former one being what it was filled from: a time of the day
 * that was set elsewhere stays when the day is not touched.
 */
export function expiryOfDay(day: string, former: string | null): string | null {
  if (day === '') return null;
  if (former !== null && expiryDay(former) === day) return former;
  return expiryInstant(day) ?? null;
}
