import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Page } from '../../ui/page.tsx';
import { Appearance } from './appearance.tsx';
import { SealingKeyFacts } from './sealing-key-facts.tsx';
import { SealingKeys } from './sealing-keys.tsx';
import classes from './settings-page.module.css';
import { Tokens } from './tokens.tsx';

export function SettingsPage() {
  const { name, slug, id, may } = useOrganization();
  return (
    <Page
      title="Keys & settings"
      description="The key that this organization’s values are sealed with, your tokens, and how the console looks."
    >
      {may('sealing-key:read') ? (
        <Section title="Sealing key" intro="Public: it can only seal. What opens is held by the data plane, wrapped by the root key.">
          <SealingKeyFacts />
          {may('organization-keys:read') ? <SealingKeys /> : null}
        </Section>
      ) : null}
      <Section
        title="Your tokens"
        intro="For the command line and programs. A token acts as you, with your role at the time of each request."
      >
        <Tokens />
      </Section>
      <Section title="Appearance" intro="Kept in this browser.">
        <Appearance />
      </Section>
      <Section title="Organization">
        <dl className={classes.facts}>
          <dt>Name</dt>
          <dd>{name}</dd>
          <dt>Short name</dt>
          <dd className="mono">
            {slug} <CopyButton value={slug} what="the short name" />
          </dd>
          <dt>Id</dt>
          <dd className="mono">
            {id} <CopyButton value={id} what="the id" />
          </dd>
        </dl>
      </Section>
    </Page>
  );
}

function Section({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <Title order={2}>{title}</Title>
      {intro === undefined ? null : (
        <Text c="dimmed" size="sm" mb="sm">
          {intro}
        </Text>
      )}
      {children}
    </section>
  );
}
