import { listSecretRequests } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { RequestTable } from '../secret-requests/request-table.tsx';

const SHOWN = 5;

/** Secrets that somebody waits for; nothing while there are none. */
export function WaitingRequests({ waiting }: { waiting: number }) {
  const { slug, may } = useOrganization();
  const enabled = waiting > 0 && may('secret-requests:decide');
  const list = useEndpoint(listSecretRequests, { query: { state: 'waiting', limit: SHOWN } }, { enabled });
  if (!enabled) return null;
  return (
    <section aria-labelledby="asked-for">
      <Title order={2} id="asked-for" mb="xs">
        Secrets that are asked for
      </Title>
      <RequestTable label="Secrets that are asked for" rows={list.data?.items ?? []} loading={list.isPending} />
      {waiting > SHOWN ? (
        <Text size="sm" mt="xs">
          <TextLink
            size="sm"
            to="/organizations/$organization/secret-requests"
            params={{ organization: slug }}
            search={{ state: 'waiting' }}
          >
            All {waiting.toLocaleString()} that wait
          </TextLink>
        </Text>
      ) : null}
    </section>
  );
}
