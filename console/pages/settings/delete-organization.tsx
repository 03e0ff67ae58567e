import { type Answer, cancelOrganizationDeletion, getOrganizationDeletion, getSession, requestOrganizationDeletion } from '@holdfast/api';
import { Button, Group, List, Skeleton, Text } from '@mantine/core';
import { DownloadIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable } from '../../api/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { exactTime } from '../../ui/exact-time.ts';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { Placeholder } from '../../ui/placeholder.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';

type Counts = Answer<typeof getOrganizationDeletion>['counts'];

/**
 * For owners: a week passes between asking for it and the deletion, in which everything goes on and any owner
 * can keep the organization.
 */
export function DeleteOrganization() {
  const { name, slug } = useOrganization();
  const deletion = useEndpoint(getOrganizationDeletion);
  const request = useCommand(requestOrganizationDeletion, [getOrganizationDeletion, getSession]);
  const [asking, setAsking] = useState(false);
  if (isUnreadable(deletion))
    return <ErrorState what="The state of the deletion" error={deletion.error} retry={() => deletion.refetch()} />;
  if (deletion.data === undefined) {
    return (
      <Placeholder>
        <Skeleton height={36} width={190} />
      </Placeholder>
    );
  }
  const { counts, deletion: asked } = deletion.data;
  if (asked !== null) {
    return (
      <>
        <Notice tone="bad">
          {asked.requestedBy.name} asked for the deletion <RelativeTime time={asked.requestedAt} />. It happens on{' '}
          <b>{exactTime(asked.deletesAt)}</b>. Until then everything goes on.
        </Notice>
        <Group gap="xs" mt="sm">
          <KeepOrganization />
          <ExportRecord slug={slug} />
        </Group>
      </>
    );
  }
  return (
    <>
      <Button variant="default" c="var(--holdfast-bad-ink)" onClick={() => setAsking(true)}>
        Delete organization…
      </Button>
      <ConfirmDialog
        opened={asking}
        close={() => setAsking(false)}
        title={`Delete ${name}`}
        confirmLabel="Delete in 7 days"
        typed={name}
        confirm={async () => {
          const { deletesAt } = await request.mutateAsync({ body: { confirm: name } });
          notifyDone(`${name} is deleted on ${exactTime(deletesAt)}, unless an owner keeps it.`);
        }}
      >
        <Text size="sm">In 7 days this is removed for good, keys and sealed values first:</Text>
        <List size="sm" my="xs">
          {removed(counts).map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
        <Text size="sm">
          Until then everything goes on, runs and uses of secrets included; every member sees the date, and any owner can keep the
          organization. Its short name <b>{slug}</b> is not given out again. What was published elsewhere stays there, and the services
          still accept the values: change them there.
        </Text>
        <Text size="sm" mt="xs">
          The audit record goes too. Export it first if you must keep it:
        </Text>
        <Group mt="xs">
          <ExportRecord slug={slug} />
        </Group>
      </ConfirmDialog>
    </>
  );
}

/** For owners, while the organization is to be deleted. */
export function KeepOrganization() {
  const { name } = useOrganization();
  const cancel = useCommand(cancelOrganizationDeletion, [getOrganizationDeletion, getSession]);
  return (
    <Button
      variant="default"
      size="compact-sm"
      loading={cancel.isPending}
      onClick={() => cancel.mutateAsync({}).then(() => notifyDone(`${name} stays.`), notifyProblem)}
    >
      Keep the organization
    </Button>
  );
}

function ExportRecord({ slug }: { slug: string }) {
  return (
    <Button
      component="a"
      variant="default"
      size="compact-sm"
      href={`/api/organizations/${slug}/audit/export`}
      download
      leftSection={<DownloadIcon size={15} />}
    >
      Export the record
    </Button>
  );
}

function removed(counts: Counts): string[] {
  const line = (count: number, one: string, several = `${one}s`) => `${count.toLocaleString()} ${count === 1 ? one : several}`;
  return [
    line(counts.secrets, 'secret'),
    `${line(counts.components, 'component')} and ${line(counts.workflows, 'workflow')}`,
    `${line(counts.runs, 'run')} and ${line(counts.documents, 'uploaded document')}`,
    `${line(counts.members, 'membership')} and ${line(counts.tokens, 'token')}; accounts stay`,
    line(counts.auditEntries, 'entry of the audit record', 'entries of the audit record'),
  ];
}
