/**
 * Stands in for `markdown-to-jsx`, which @rjsf/core would render descriptions with (see vite.config.ts): the
 * words as they are.
 */
export function Markdown({ children }: { children: string }): string {
  return children;
}
