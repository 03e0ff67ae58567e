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
