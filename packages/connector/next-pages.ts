import { createHash } from 'node:crypto';

/** A service that names a next page for ever ends here. */
const PAGES_MAXIMUM = 100_000;
const NAME_MAXIMUM_CHARACTERS = 8_192;

/**
 * For a list that comes in pages, of which each names the next one by an address, a token or a marker.
 *
 * @returns what is wrong with the next name, as the end of a sentence about the list; `undefined` when that
 *   page may be asked for.
 */
export function createNextPageFault(): (name: string) => string | undefined {
  // Digests: a service may fill every name up to its limit.
  const seen = new Set<string>();
  return (name) => {
    if (name.length > NAME_MAXIMUM_CHARACTERS) return 'names its next page in more than 8,192 characters';
    const digest = createHash('sha256').update(name).digest('base64');
    if (seen.has(digest)) return 'has no end: it named a page as the next one that came before';
    if (seen.size >= PAGES_MAXIMUM) return 'has no end: it named more than 100,000 pages';
    seen.add(digest);
    return undefined;
  };
}
