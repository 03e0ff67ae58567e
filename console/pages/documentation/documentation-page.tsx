import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import classes from './documentation-page.module.css';
import { GUIDES, type Guide } from './guides.ts';

export function DocumentationPage() {
  return (
    <Page title="Documentation" description="How to use and run Holdfast. It is the documentation of the version that runs here.">
      <Section title="Guides">
        <Titles kind="guide" />
      </Section>
      <Section title="Services">
        <Titles kind="service" />
      </Section>
      <Section title="Reference">
        <Titles kind="reference" />
      </Section>
    </Page>
  );
}

function Titles({ kind }: Pick<Guide, 'kind'>) {
  const { slug } = useOrganization();
  return (
    <ul className={classes.titles}>
      {GUIDES.filter((guide) => guide.kind === kind).map(({ name, title }) => (
        <li key={name}>
          <TextLink to="/organizations/$organization/documentation/$guide" params={{ organization: slug, guide: name }} underline="always">
            {title}
          </TextLink>
        </li>
      ))}
    </ul>
  );
}
