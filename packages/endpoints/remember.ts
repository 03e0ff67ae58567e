import { LRUCache } from 'lru-cache';

const MAXIMUM = 1_000;

/**
 * The same function with a memory, for one whose answer depends on the text alone and which is asked the same
 * few texts all the time.
 */
export function remember<Answer extends NonNullable<unknown>>(find: (text: string) => Answer): (text: string) => Answer {
  const known = new LRUCache<string, Answer>({ max: MAXIMUM });
  return (text) => {
    const answer = known.get(text);
    if (answer !== undefined) return answer;
    const found = find(text);
    known.set(text, found);
    return found;
  };
}
