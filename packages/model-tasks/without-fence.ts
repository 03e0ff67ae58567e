const FENCE = '```';

/**
 * JSON without the fence of Markdown around it, in which models put it, whatever they are asked; any other
 * text as it is. An answer may be long, and nothing but line ends.
 */
export function withoutFence(text: string): string {
  const whole = text.trim();
  if (!whole.startsWith(FENCE) || !whole.endsWith(FENCE)) return text;
  const between = whole.slice(FENCE.length, -FENCE.length).replace(/^json/i, '');
  const before = between.slice(0, between.length - between.trimStart().length);
  const behind = between.slice(between.trimEnd().length);
  return before.includes('\n') && behind.includes('\n') ? between.trim() : text;
}
