import { getRetention, getRun, setRetention } from '@holdfast/api';
import { Skeleton, Text } from '@mantine/core';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Placeholder } from '../../ui/placeholder.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { KeptDaysForm } from '../runs/kept-days-form.tsx';

/** How long the organization keeps what its runs leave behind. */
export function Retention() {
  const { may } = useOrganization();
  const retention = useEndpoint(getRetention);
  const change = useCommand(setRetention, [getRetention, getRun]);
  if (retention.isError && retention.data === undefined) {
    return <ErrorState what="The policy" error={retention.error} retry={() => retention.refetch()} />;
  }
  if (retention.data === undefined) {
    return (
      <Placeholder>
        <Skeleton height={86} radius="md" />
      </Placeholder>
    );
  }
  const { defaults, changedAt, changedBy } = retention.data;
  return (
    <>
      <KeptDaysForm
        kept={retention.data}
        otherwise={defaults}
        mayWrite={may('retention:write')}
        save={async (body) => {
          await change.mutateAsync({ body });
          notifyDone('The policy is saved. What is older goes within the hour.');
        }}
      />
      {changedAt === null || changedBy === null ? null : (
        <Text size="sm" c="dimmed" mt="xs">
          Changed <RelativeTime time={changedAt} /> by {changedBy.name}.
        </Text>
      )}
    </>
  );
}
