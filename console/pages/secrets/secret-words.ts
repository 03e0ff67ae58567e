import { DAY_MILLISECONDS, type Secret } from '@holdfast/api';
import type { Tone } from '../../ui/tag.tsx';

/** How secrets' facts are said in words. */

const SOON_DAYS = 14;

/** What the rotation column says: the expiry when it is nearer than the rotation. */
export function rotationWords(secret: Pick<Secret, 'state' | 'rotationDueAt' | 'expiresAt'>): { words: string; tone: Tone } {
  if (secret.state === 'expired') return { words: 'expired', tone: 'bad' };
  const { rotationDueAt, expiresAt } = secret;
  if (expiresAt !== null && (rotationDueAt === null || expiresAt < rotationDueAt)) {
    const days = daysUntil(expiresAt);
    return { words: `expires ${inDays(days)}`, tone: days <= SOON_DAYS ? 'warn' : 'quiet' };
  }
  if (rotationDueAt === null) return { words: 'none', tone: 'quiet' };
  const days = daysUntil(rotationDueAt);
  if (days < 0) return { words: `${-days} ${-days === 1 ? 'day' : 'days'} overdue`, tone: 'bad' };
  if (days <= SOON_DAYS) return { words: `due ${inDays(days)}`, tone: 'warn' };
  return { words: inDays(days), tone: 'quiet' };
}

function daysUntil(time: string): number {
  return Math.floor((Date.parse(time) - Date.now()) / DAY_MILLISECONDS);
}

function inDays(days: number): string {
  if (days <= 0) return 'today';
  return days === 1 ? 'tomorrow' : `in ${days} days`;
}

export function placesWords(count: number): string {
  if (count === 0) return 'nothing';
  return count === 1 ? '1 component' : `${count.toLocaleString()} components`;
}
