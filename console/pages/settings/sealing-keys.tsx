import { getSealingKey, type KeyRotation, listAudit, listKeys, type OrganizationKeyFacts, rotateKeys } from '@holdfast/api';
import { Button, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useCommand, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { KeyRotationProgress } from './key-rotation-progress.tsx';
import { isUnderWay, KEY_STATE_WORDS, KEY_TONES, takesAbout, valuesWords } from './key-words.ts';
import classes from './sealing-keys.module.css';

const WATCHED_MILLISECONDS = 1_000;
const SETTLED_MILLISECONDS = 30_000;

/** The keys that the organization has and had, and the rotation that an owner may ask for. */
export function SealingKeys() {
  const { may } = useOrganization();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const keys = useEndpointPages(listKeys, undefined, {
    refetchInterval: (pages) => (isUnderWay(pages?.[0]?.rotation) ? WATCHED_MILLISECONDS : SETTLED_MILLISECONDS),
  });
  const rotate = useCommand(rotateKeys, [listKeys, listAudit]);
  const rotation = keys.first?.rotation ?? undefined;
  const current = keys.items.find(({ state }) => state === 'current');
  const currentId = current?.id;
  // Another key is served from the moment that the new one is there.
  useEffect(() => {
    if (currentId !== undefined) void queries.invalidateQueries({ queryKey: [getSealingKey.id] });
  }, [queries, currentId]);

  return (
    <WhenRead what="The keys" of={keys}>
      <KeyHistory keys={keys.items} loading={keys.isPending} more={keys} />
      {rotation === undefined ? null : <KeyRotationProgress rotation={rotation} keys={keys.items} />}
      {may('organization-keys:rotate') ? (
        <Button variant="default" mt="sm" onClick={() => setAsking(true)} disabled={current === undefined || isUnderWay(rotation)}>
          Rotate the key
        </Button>
      ) : (
        <Text c="dimmed" size="sm" mt="sm">
          Owners can rotate the key.
        </Text>
      )}
      <ConfirmDialog
        opened={asking}
        close={() => setAsking(false)}
        title="Rotate the sealing key"
        confirmLabel="Rotate the key"
        danger={false}
        confirm={() => rotate.mutateAsync({ body: current === undefined ? {} : { currentKeyId: current.id } })}
      >
        <WhatHappens keys={keys.items} rotation={rotation} />
      </ConfirmDialog>
    </WhenRead>
  );
}

function WhatHappens({ keys, rotation }: { keys: readonly OrganizationKeyFacts[]; rotation: KeyRotation | undefined }) {
  const values = keys.reduce((sum, key) => sum + key.values, 0);
  return (
    <ul className={classes.steps}>
      <li>Holdfast makes a new key. From then on everything new is sealed for it.</li>
      <li>
        {values === 0
          ? 'There are no values to seal again.'
          : `It seals ${valuesWords(values)} again under the new key. ${takesAbout(values)}`}
      </li>
      <li>Nothing has to be entered again, and workflows go on meanwhile.</li>
      <li>The former key is destroyed when nothing is sealed under it any more, 10 minutes from now at the earliest.</li>
      {rotation !== undefined && rotation.failed > 0 ? (
        <li>{valuesWords(rotation.failed)} that could not be sealed again last time are tried once more.</li>
      ) : null}
    </ul>
  );
}

interface HistoryProps {
  keys: readonly OrganizationKeyFacts[];
  loading: boolean;
  more: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

function KeyHistory({ keys, loading, more }: HistoryProps) {
  return (
    <>
      <Title order={3} size="sm" mt="lg" mb={6}>
        Keys
      </Title>
      <DataTable
        label="Sealing keys"
        rows={keys}
        rowKey={(key) => key.id}
        loading={loading}
        hasMore={more.hasNextPage}
        loadingMore={more.isFetchingNextPage}
        loadMore={() => more.fetchNextPage()}
        columns={[
          { key: 'generation', header: 'Generation', cell: (key) => key.generation },
          { key: 'fingerprint', header: 'Fingerprint', wraps: true, cell: (key) => <span className="mono">{key.fingerprint}</span> },
          { key: 'state', header: 'State', cell: (key) => <Tag tone={KEY_TONES[key.state]}>{KEY_STATE_WORDS[key.state]}</Tag> },
          { key: 'values', header: 'Values', align: 'right', cell: (key) => key.values.toLocaleString() },
          { key: 'made', header: 'Created', cell: (key) => <RelativeTime time={key.createdAt} /> },
        ]}
      />
    </>
  );
}
