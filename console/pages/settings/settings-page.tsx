import { Text } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Appearance } from './appearance.tsx';
import { DeleteOrganization } from './delete-organization.tsx';
import { Nodes } from './nodes.tsx';
import { OrganizationName } from './organization-name.tsx';
import { Retention } from './retention.tsx';
import { SealingKeyFacts } from './sealing-key-facts.tsx';
import { SealingKeys } from './sealing-keys.tsx';
import classes from './settings-page.module.css';
import { Tokens } from './tokens.tsx';

export function SettingsPage() {
  const { slug, id, may } = useOrganization();
  return (
    <Page
      title={may('sealing-key:read') ? 'Keys & settings' : 'Settings'}
      description={
        may('sealing-key:read')
          ? 'The key that this organization’s values are sealed with, your tokens, and how the console looks.'
          : 'Your tokens, and how the console looks.'
      }
    >
      {may('sealing-key:read') ? (
        <Section
          title="Sealing key"
          intro="This key can only encrypt. This server cannot decrypt your secrets: the private key is held by the data plane."
        >
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
          <dd>
            <OrganizationName />
          </dd>
          <dt>Short name</dt>
          <dd className="mono">
            {slug} <CopyButton value={slug} what="the short name" />
            <Text size="sm" c="dimmed" ff="text">
              It stays: addresses, settings of the server and its members’ command lines go by it.
            </Text>
          </dd>
          <dt>Id</dt>
          <dd className="mono">
            {id} <CopyButton value={id} what="the id" />
          </dd>
        </dl>
      </Section>
      {may('retention:write') ? (
        <Section title="What runs leave behind" intro="How many days after the end of a run it is kept. Workflows can say otherwise.">
          <Retention />
        </Section>
      ) : null}
      {may('nodes:read') ? (
        <Section
          title="Nodes"
          intro="The processes of Holdfast: control planes answer people, data planes run workflows and use secrets. Runs and folders are those of this organization."
        >
          <Nodes />
        </Section>
      ) : null}
      {may('organization:delete') ? (
        <Section title="Delete the organization" intro="A week passes first, in which any owner can keep it.">
          <DeleteOrganization />
        </Section>
      ) : null}
    </Page>
  );
}
