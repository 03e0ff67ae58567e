/** The words of a text in Markdown, in one line, for a list that has no room for more. */
export function wordsOfMarkdown(text: string): string {
  return text
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^\s*(?:#{1,6}|>|[-+*])\s+/gm, '')
    .replaceAll(/(\*\*|`)(.+?)\1/g, '$2')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
