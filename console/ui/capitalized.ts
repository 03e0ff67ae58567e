/** With a capital at the beginning, where words begin a sentence or stand alone. */
export function capitalized(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
