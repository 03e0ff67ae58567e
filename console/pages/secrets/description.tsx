import { type ComponentType, lazy, Suspense } from 'react';

interface MarkdownProps {
  text: string;
}

const Markdown = lazy<ComponentType<MarkdownProps>>(() =>
  import('./markdown.tsx').then(
    (module) => ({ default: module.Markdown }),
    // The server is away or of another version: the text as it was typed is better than none.
    () => ({ default: ({ text }) => text }),
  ),
);
/** Signs that mean something in Markdown. What has none of them is drawn without it. */
const SIGNS = /[*_`[\]#>~|\n]|^\s*(?:[-+]|\d+[.)])\s|:\/\//;

/** What people wrote about a secret, in Markdown. */
export function Description({ text }: { text: string }) {
  if (!SIGNS.test(text)) return text;
  return (
    <Suspense fallback={text}>
      <Markdown text={text} />
    </Suspense>
  );
}
