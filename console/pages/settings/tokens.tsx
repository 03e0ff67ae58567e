import { deleteToken, listTokens } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { CreateTokenDialog } from './create-token-dialog.tsx';

/** The reader's own tokens in this organization. */
export function Tokens() {
  const tokens = useEndpoint(listTokens);
  const revoke = useCommand(deleteToken, [listTokens]);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<{ id: string; name: string }>();
  return (
    <>
      <WhenRead what="Your tokens" of={tokens}>
        <DataTable
          label="Your tokens"
          rows={tokens.data?.items ?? []}
          rowKey={(token) => token.id}
          loading={tokens.isPending}
          empty={
            <Text c="dimmed" size="sm">
              You have none. <code>holdfast login</code> makes one for the command line.
            </Text>
          }
          columns={[
            { key: 'name', header: 'Name', cell: (token) => token.name },
            { key: 'created', header: 'Created', cell: (token) => <RelativeTime time={token.createdAt} /> },
            { key: 'used', header: 'Last used', cell: (token) => <RelativeTime time={token.lastUsedAt} /> },
            { key: 'expires', header: 'Expires', cell: (token) => <RelativeTime time={token.expiresAt} /> },
            {
              key: 'actions',
              header: 'Actions',
              align: 'right',
              cell: (token) => (
                <Button variant="default" size="compact-sm" fw={500} onClick={() => setRevoking(token)} aria-label={`Revoke ${token.name}`}>
                  Revoke
                </Button>
              ),
            },
          ]}
        />
      </WhenRead>
      <Button variant="default" mt="sm" onClick={() => setMaking(true)}>
        New token
      </Button>
      <CreateTokenDialog opened={making} close={() => setMaking(false)} />
      <ConfirmDialog
        opened={revoking !== undefined}
        close={() => setRevoking(undefined)}
        title="Revoke token"
        confirmLabel="Revoke"
        confirm={async () => {
          if (revoking === undefined) return;
          await revoke.mutateAsync({ params: { token: revoking.id } });
          notifyDone(`${revoking.name} is revoked.`);
        }}
      >
        <Text size="sm">What uses “{revoking?.name}” is refused from its next request on.</Text>
      </ConfirmDialog>
    </>
  );
}
