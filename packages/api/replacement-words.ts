import type { ReplacedDestination } from './endpoints/secrets.ts';

/** What becomes of a destination when a secret takes another's place, in the words of every client. */
export function replacementWords({ before, after }: Pick<ReplacedDestination, 'before' | 'after'>): string {
  switch (after) {
    case 'approved':
      return before === 'approved' ? 'approved before' : 'becomes approved';
    case 'requested':
      return before === 'requested' ? 'waits, as before' : 'will wait for an owner or admin';
    case 'refused':
      return 'stays refused';
    case 'revoked':
      return 'stays revoked';
    case 'narrowed':
      return 'not among its own destinations: it cannot take the place';
  }
}
