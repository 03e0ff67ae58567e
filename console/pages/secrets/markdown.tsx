import MarkdownToJsx from 'markdown-to-jsx';
import type { ReactNode } from 'react';
import classes from './markdown.module.css';

/**
 * Text that a member wrote. It adds no headings to those of the page and loads nothing from elsewhere, HTML
 * in it is text, and it leads to other places on the web alone: not to a script, and not to what a click
 * would do here.
 */
export function Markdown({ text }: { text: string }) {
  return (
    <div className={classes.text}>
      <MarkdownToJsx options={OPTIONS}>{text}</MarkdownToJsx>
    </div>
  );
}

const OPTIONS = {
  disableParsingRawHTML: true,
  forceBlock: true,
  overrides: { a: Elsewhere, img: Named, h1: Heading, h2: Heading, h3: Heading, h4: Heading, h5: Heading, h6: Heading },
};

function Elsewhere({ href = '', children }: { href?: string; children?: ReactNode }) {
  if (!/^(?:https?|mailto):/i.test(href)) return children;
  return (
    <a href={href} className="link" target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}

function Named({ alt }: { alt?: string }) {
  return alt;
}

function Heading({ children }: { children?: ReactNode }) {
  return (
    <p>
      <b>{children}</b>
    </p>
  );
}
