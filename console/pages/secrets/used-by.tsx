import { listSecretBindings } from '@holdfast/api';
import { Skeleton, Text } from '@mantine/core';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { isUnreadable } from '../../api/problem.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { BindingList } from './binding-list.tsx';

const SHOWN = 200;

/** Every place that uses the secret. */
export function UsedBy({ name }: { name: string }) {
  const bindings = useEndpoint(listSecretBindings, { params: { name }, query: { limit: SHOWN } });
  if (isUnreadable(bindings)) return <ErrorState what="What uses the secret" error={bindings.error} retry={() => bindings.refetch()} />;
  if (bindings.data === undefined) {
    return (
      <Placeholder>
        <Skeleton height={60} radius="md" />
      </Placeholder>
    );
  }
  if (bindings.data.total === 0) {
    return (
      <Text c="dimmed">
        Nothing uses it. To use it, open a component of a project, tick “Use organization secret” at one of its options, and choose this
        name.
      </Text>
    );
  }
  return <BindingList bindings={bindings.data.items} total={bindings.data.total} />;
}
