import { expiryWords, getSecret, isPast, SECRET_NAME_PATTERN, type Secret } from '@holdfast/api';
import { Button, Skeleton, Tabs } from '@mantine/core';
import { KeyIcon } from '@primer/octicons-react';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf, type ShownProblem } from '../../api/problem.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { LinkButton, TextLink } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SECRET_KIND_WORDS } from '../../ui/secret-kind-words.ts';
import { Tag } from '../../ui/tag.tsx';
import { AuditOfSecret } from './audit-of-secret.tsx';
import { Description } from './description.tsx';
import { DestinationsOfSecret } from './destinations-of-secret.tsx';
import { DeleteSecretDialog, MetadataDialog, ReplaceValueDialog } from './dialogs.tsx';
import classes from './secret-page.module.css';
import { rotationWords } from './secret-words.ts';
import { UsedBy } from './used-by.tsx';
import { VersionList } from './version-list.tsx';

/** Everything that is known about one secret, except its value. */
export function SecretPage() {
  const { slug, may } = useOrganization();
  const { secret: name } = useParams({ from: '/organizations/$organization/secrets/$secret' });
  const navigate = useNavigate();
  const secret = useEndpoint(getSecret, { params: { name } }, { enabled: may('secrets:read') });
  const [opened, setOpened] = useState<'edit' | 'replace' | 'delete'>();
  const close = () => setOpened(undefined);
  const breadcrumbs = (
    <TextLink to="/organizations/$organization/secrets" params={{ organization: slug }} size="sm">
      Secrets
    </TextLink>
  );
  if (!may('secrets:read')) {
    return (
      <Page title={name} mono breadcrumbs={breadcrumbs}>
        <NoPermission what="Owners and admins see what is known about a secret." />
      </Page>
    );
  }
  const known = secret.data;
  if (isUnreadable(secret) && problemOf(secret.error).code === 'not_found') {
    return (
      <Page title={name} mono breadcrumbs={breadcrumbs}>
        <NoSuchSecret name={name} problem={problemOf(secret.error)} />
      </Page>
    );
  }
  return (
    <Page
      title={name}
      mono
      breadcrumbs={breadcrumbs}
      description={
        known === undefined ? undefined : known.description === '' ? 'No description.' : <Description text={known.description} />
      }
      actions={
        known !== undefined && may('secrets:write') ? (
          <>
            <CopyButton value={name} what="the name" />
            <Button variant="default" onClick={() => setOpened('edit')}>
              Edit
            </Button>
            <Button variant="default" onClick={() => setOpened('delete')}>
              Delete
            </Button>
            <Button onClick={() => setOpened('replace')}>Replace</Button>
          </>
        ) : undefined
      }
    >
      {secret.isError ? <ErrorState what="What is known of the secret" error={secret.error} retry={() => secret.refetch()} /> : null}
      {secret.isPending ? (
        <Placeholder>
          <Skeleton height={160} radius="md" />
        </Placeholder>
      ) : null}
      {known === undefined ? null : (
        <>
          <SecretFacts secret={known} />
          <Tabs defaultValue="used-by" mt="lg" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="used-by">Used by {known.usedBy.toLocaleString()}</Tabs.Tab>
              {may('destinations:read') ? <Tabs.Tab value="destinations">Goes to</Tabs.Tab> : null}
              <Tabs.Tab value="versions">Versions</Tabs.Tab>
              {may('audit:read') ? <Tabs.Tab value="audit">Audit</Tabs.Tab> : null}
            </Tabs.List>
            <Tabs.Panel value="used-by" pt="md">
              <UsedBy name={name} />
            </Tabs.Panel>
            <Tabs.Panel value="destinations" pt="md">
              <DestinationsOfSecret secret={known} />
            </Tabs.Panel>
            <Tabs.Panel value="versions" pt="md">
              <VersionList name={name} />
            </Tabs.Panel>
            <Tabs.Panel value="audit" pt="md">
              <AuditOfSecret name={name} />
            </Tabs.Panel>
          </Tabs>
          <MetadataDialog secret={opened === 'edit' ? known : undefined} close={close} />
          <ReplaceValueDialog secret={opened === 'replace' ? known : undefined} close={close} />
          <DeleteSecretDialog
            secret={opened === 'delete' ? known : undefined}
            close={close}
            deleted={() => navigate({ to: '/organizations/$organization/secrets', params: { organization: slug } })}
          />
        </>
      )}
    </Page>
  );
}

/** A link to it is older than its deletion, or mistyped: the server says when another spelling is there. */
function NoSuchSecret({ name, problem }: { name: string; problem: ShownProblem }) {
  const { slug, may } = useOrganization();
  const to = '/organizations/$organization/secrets';
  const params = { organization: slug };
  return (
    <EmptyState
      icon={<KeyIcon size={22} />}
      title={problem.detail}
      actions={
        <>
          <LinkButton variant="default" to={to} params={params}>
            All secrets
          </LinkButton>
          {may('secrets:write') && SECRET_NAME_PATTERN.test(name) ? (
            <LinkButton to={to} params={params} search={{ add: name }}>
              Add {name}
            </LinkButton>
          ) : null}
        </>
      }
    >
      {problem.remedy}
    </EmptyState>
  );
}

function SecretFacts({ secret }: { secret: Secret }) {
  const rotation = rotationWords(secret);
  return (
    <dl className={classes.facts}>
      <Fact term="Kind">{SECRET_KIND_WORDS[secret.kind]}</Fact>
      <Fact term="Owner">{secret.owner?.name ?? 'no owner'}</Fact>
      <Fact term="Rotation">
        {secret.rotationDays === null ? (
          'no reminder'
        ) : (
          <>
            every {secret.rotationDays === 1 ? 'day' : `${secret.rotationDays} days`} <Tag tone={rotation.tone}>{rotation.words}</Tag>
          </>
        )}
      </Fact>
      <Fact term="Expires">
        {secret.expiresAt === null ? (
          'never'
        ) : (
          <>
            {expiryWords(secret.expiresAt)} {isPast(secret.expiresAt) ? <Tag tone="bad">expired</Tag> : null}
          </>
        )}
      </Fact>
      <Fact term="Created">
        <RelativeTime time={secret.createdAt} /> by {secret.createdBy.name}
      </Fact>
      <Fact term="Value replaced">
        <RelativeTime time={secret.replacedAt} />
        {secret.replacedBy === null ? null : ` by ${secret.replacedBy.name}`}
      </Fact>
      <Fact term="Last used">
        <RelativeTime time={secret.lastUsedAt} />
      </Fact>
      <Fact term="Projects">
        {secret.scope.kind === 'all-projects' ? 'all' : secret.scope.projects.map((project) => project.name).join(', ')}
      </Fact>
      <Fact term="Destinations">
        {secret.destinations.length === 0 ? (
          'those named in the value, and approved ones'
        ) : (
          <span className={classes.hosts}>{secret.destinations.join(', ')}</span>
        )}
      </Fact>
      <Fact term="Get a new value">
        {secret.obtainUrl === null ? (
          'no address given'
        ) : (
          <a href={secret.obtainUrl} target="_blank" rel="noreferrer noopener" className={classes.link}>
            {new URL(secret.obtainUrl).host}
          </a>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
