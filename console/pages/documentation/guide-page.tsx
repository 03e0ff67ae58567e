import { useLocation, useParams } from '@tanstack/react-router';
import Markdown from 'markdown-to-jsx';
import { type ReactNode, useEffect } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import classes from './guide-page.module.css';
import { guideTarget } from './guide-target.ts';
import { GUIDES } from './guides.ts';

const NAMES = GUIDES.map(({ name }) => name);
const OPTIONS = { disableParsingRawHTML: true, overrides: { a: GuideLink, table: WideTable, th: HeadCell } };

export function GuidePage() {
  const { guide: name } = useParams({ from: '/organizations/$organization/documentation/$guide' });
  const organization = useOrganization();
  const { hash } = useLocation();
  // The headings are there only now.
  useEffect(() => {
    if (hash !== '') document.getElementById(hash)?.scrollIntoView();
  }, [hash]);
  const guide = GUIDES.find((each) => each.name === name);
  if (guide === undefined) return <NotFoundPage />;
  return (
    <Page
      title={guide.title}
      breadcrumbs={
        <TextLink to="/organizations/$organization/documentation" params={{ organization: organization.slug }}>
          Documentation
        </TextLink>
      }
    >
      <article className={classes.guide}>
        <Markdown options={OPTIONS}>{guide.text}</Markdown>
      </article>
    </Page>
  );
}

function GuideLink({ href = '', children }: { href?: string; children?: ReactNode }) {
  const { organization, guide } = useParams({ from: '/organizations/$organization/documentation/$guide' });
  const target = guideTarget(href, guide, NAMES);
  if (target.kind === 'outside') {
    return (
      <a href={target.href} className="link" target="_blank" rel="noreferrer">
        {children}
      </a>
    );
  }
  // The source has it, the console has not.
  if (target.kind === 'source') return <span>{children}</span>;
  return (
    <TextLink
      to="/organizations/$organization/documentation/$guide"
      params={{ organization, guide: target.name }}
      hash={target.hash}
      underline="always"
    >
      {children}
    </TextLink>
  );
}

/** Scrolls on a narrow screen, by keyboard too. */
function WideTable({ children }: { children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div className={classes.wide} role="group" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** A column without a title has no header. */
function HeadCell({ children }: { children?: ReactNode }) {
  const empty = children === undefined || (Array.isArray(children) && children.length === 0);
  return empty ? <td /> : <th scope="col">{children}</th>;
}
