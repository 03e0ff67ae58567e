import { HoldfastError } from '@holdfast/api';
import type { Actor } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';

/** The tags of an `If-Match`, as far as its schema lets them be: in quotes, perhaps weak, or bare. */
const TAG = /(?:W\/)?"([^"]*)"|[^\s,]+/g;

/**
 * What the header of a request names.
 *
 * @returns `any` for `*`, which stands alone and without quotes; in them it is a tag like another. A proxy
 *   that compresses makes a tag weak: it is the same one.
 */
export function readTags(ifMatch: string): 'any' | readonly string[] {
  if (ifMatch.trim() === '*') return 'any';
  return [...ifMatch.matchAll(TAG)].map(([bare, quoted]) => quoted ?? bare);
}

/**
 * The revisions that a change begins from, when the present one is none of them.
 *
 * @param ifMatch the header of the request; without it any will do.
 */
export function staleRevisions(ifMatch: string | undefined, revision: number): readonly string[] | undefined {
  const tags = ifMatch === undefined ? 'any' : readTags(ifMatch);
  return tags === 'any' || tags.some((tag) => Number(tag) === revision) ? undefined : tags;
}

/** What is to be changed, as it was saved last. */
export interface Revised {
  readonly name: string;
  readonly revision: number;
  /** `null`, as `updatedBy` is, where nobody has changed it since it was made. */
  readonly updatedAt: Date | null;
  readonly updatedBy: Actor | null;
}

/**
 * Throws `precondition_failed` when a change begins from another revision than the present one, with who
 * saved that and when.
 *
 * @param ifMatch the header of the request: see {@link staleRevisions}.
 */
export function requireRevision(present: Revised, ifMatch: string | undefined): void {
  const since = staleRevisions(ifMatch, present.revision);
  if (since !== undefined) throw changedMeanwhile(present, since.join(' or '), 'if-match');
}

/** What {@link requireRevision} throws, for a request that names its revision in another field. */
export function changedMeanwhile({ name, revision, updatedAt, updatedBy }: Revised, since: string | number, field: string): HoldfastError {
  const who = updatedBy === null ? '' : ` by ${personOf(updatedBy).name}`;
  const when = updatedAt === null ? '' : ` at ${updatedAt.toISOString()}`;
  return new HoldfastError(
    'precondition_failed',
    `“${name}” was changed${who}${when}: it is at revision ${revision}, and this change begins from ${since}.`,
    { field, remedy: 'Read it again, look at what was changed, and repeat your change.' },
  );
}
