import { type Answer, type getOverview, listSecrets, relativeTime, type Secret } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { LinkButton, TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';
import { placesWords } from '../secrets/secret-words.ts';

const SHOWN = 5;

/**
 * Secrets that have expired or whose rotation is due, the expired first. Nothing is shown while all is well.
 */
export function SecretsDue({ counts }: { counts: Answer<typeof getOverview>['secrets'] }) {
  const organization = useOrganization();
  const expired = useEndpoint(listSecrets, { query: { filter: 'expired', limit: SHOWN } }, { enabled: (counts?.expired ?? 0) > 0 });
  const due = useEndpoint(listSecrets, { query: { filter: 'rotation-due', limit: SHOWN } }, { enabled: (counts?.rotationDue ?? 0) > 0 });
  if (counts === null || counts.expired + counts.rotationDue === 0) return null;
  const found = new Map([...(expired.data?.items ?? []), ...(due.data?.items ?? [])].map((secret) => [secret.id, secret] as const));
  const rows = [...found.values()].slice(0, SHOWN);
  return (
    <section aria-labelledby="due">
      <Title order={2} id="due" mb="xs">
        Secrets that need attention
      </Title>
      <DataTable
        label="Secrets that need attention"
        columns={columns(organization.slug)}
        rows={rows}
        rowKey={(secret) => secret.id}
        loading={rows.length === 0 && (expired.isLoading || due.isLoading)}
      />
    </section>
  );
}

function columns(slug: string): Column<Secret>[] {
  return [
    {
      key: 'name',
      header: 'Secret',
      cell: (secret) => (
        <div>
          <TextLink className="mono" to="/organizations/$organization/secrets/$secret" params={{ organization: slug, secret: secret.name }}>
            {secret.name}
          </TextLink>
          <Text size="sm" c="dimmed" lineClamp={1}>
            {secret.description}
          </Text>
        </div>
      ),
    },
    { key: 'state', header: 'State', cell: (secret) => <State secret={secret} /> },
    { key: 'used', header: 'Used by', cell: (secret) => placesWords(secret.usedBy) },
    {
      key: 'owner',
      header: 'Owner',
      wideOnly: true,
      cell: (secret) =>
        secret.owner?.name ?? (
          <Text span c="dimmed">
            nobody
          </Text>
        ),
    },
    {
      key: 'replace',
      header: 'Actions',
      quiet: true,
      align: 'right',
      cell: (secret) => (
        <LinkButton
          variant="default"
          size="compact-sm"
          to="/organizations/$organization/secrets/$secret"
          params={{ organization: slug, secret: secret.name }}
          aria-label={`Open ${secret.name} to replace its value`}
        >
          Open
        </LinkButton>
      ),
    },
  ];
}

function State({ secret }: { secret: Secret }) {
  if (secret.state === 'expired') return <Tag tone="bad">expired {secret.expiresAt === null ? '' : relativeTime(secret.expiresAt)}</Tag>;
  return <Tag tone="warn">rotation due {secret.rotationDueAt === null ? '' : relativeTime(secret.rotationDueAt)}</Tag>;
}
