/** A table that is full is emptied: what is asked for again and again is soon there again. */
const MAXIMUM = 1_000;

/**
 * The same function with a memory, for one whose answer depends on the text alone and which is asked the same
 * few texts all the time.
 */
export function remember<Answer>(find: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    const answer = known.get(text);
    if (answer !== undefined) return answer;
    const found = find(text);
    if (known.size >= MAXIMUM) known.clear();
    known.set(text, found);
    return found;
  };
}
