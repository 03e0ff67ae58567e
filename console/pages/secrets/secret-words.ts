import { DAY_MILLISECONDS, type Secret } from '@holdfast/api';
import type { Tone } from '../../ui/tag.tsx';
import { counted } from '../projects/project-words.ts';

/** How secrets' facts are said in words. */

const SOON_DAYS = 14;

/** What the rotation column says: the expiry when it is nearer than the rotation. */
export function rotationWords(
  secret: Pick<Secret, 'state' | 'rotationDueAt' | 'expiresAt'>,
  now: Date = new Date(),
): { words: string; tone: Tone } {
  if (secret.state === 'expired') return { words: 'expired', tone: 'bad' };
  const { rotationDueAt, expiresAt } = secret;
  if (expiresAt !== null && (rotationDueAt === null || expiresAt < rotationDueAt)) {
    const days = daysUntil(expiresAt, now);
    return { words: `expires ${inDays(days)}`, tone: days <= SOON_DAYS ? 'warn' : 'quiet' };
  }
  if (rotationDueAt === null) return { words: 'none', tone: 'quiet' };
  const days = daysUntil(rotationDueAt, now);
  if (days < 0) return { words: `${counted(-days, 'day')} overdue`, tone: 'bad' };
  if (days <= SOON_DAYS) return { words: `due ${inDays(days)}`, tone: 'warn' };
  return { words: inDays(days), tone: 'quiet' };
}

/** Midnights of the reader between now and then: what is due in 23 hours is due tomorrow. */
function daysUntil(time: string, now: Date): number {
  return Math.round((midnightOf(new Date(time)) - midnightOf(now)) / DAY_MILLISECONDS);
}

function midnightOf(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

function inDays(days: number): string {
  if (days <= 0) return 'today';
  return days === 1 ? 'tomorrow' : `in ${days} days`;
}

/** What uses a secret: each option of a component that holds it is a place. */
export function placesWords(count: number): string {
  return count === 0 ? 'nothing' : counted(count, 'place');
}
