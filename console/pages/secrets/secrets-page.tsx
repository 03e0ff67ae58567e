import { listSecrets, type Secret } from '@holdfast/api';
import { Button } from '@mantine/core';
import { IconKey, IconSearchOff } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { AddSecretDialog, DeleteSecretDialog, ImportDialog, ReplaceValueDialog } from './dialogs.tsx';
import { secretColumns } from './secret-columns.tsx';
import { SecretFilters } from './secret-filters.tsx';

const PAGE_SIZE = 100;
type Opened = { dialog: 'add' | 'import' } | { dialog: 'replace' | 'delete'; secret: Secret };

export function SecretsPage() {
  const { slug, name, may } = useOrganization();
  const search = useSearch({ from: '/organizations/$organization/secrets' });
  const navigate = useNavigate({ from: '/organizations/$organization/secrets' });
  const mayWrite = may('secrets:write');
  const [opened, setOpened] = useState<Opened | undefined>(search.add !== undefined && mayWrite ? { dialog: 'add' } : undefined);
  const secrets = useEndpointPages(
    listSecrets,
    {
      query: {
        ...(search.search ? { search: search.search } : {}),
        ...(search.filter ? { filter: search.filter } : {}),
        ...(search.kind ? { kind: search.kind } : {}),
        limit: PAGE_SIZE,
      },
    },
    { enabled: may('secrets:read'), keepPrevious: true },
  );
  const columns = useMemo(
    () =>
      secretColumns({
        organization: slug,
        mayWrite,
        replace: (secret) => setOpened({ dialog: 'replace', secret }),
        remove: (secret) => setOpened({ dialog: 'delete', secret }),
      }),
    [slug, mayWrite],
  );
  const close = () => {
    setOpened(undefined);
    if (search.add !== undefined) void navigate({ search: ({ add: _, ...rest }) => rest, replace: true });
  };

  if (!may('secrets:read')) {
    return (
      <Page title="Secrets">
        <NoPermission
          what={
            may('secret-names:read')
              ? 'Owners and admins see the organization’s secrets. You can still choose one by name in a component of a project.'
              : 'Owners and admins see the organization’s secrets.'
          }
        />
      </Page>
    );
  }
  const counts = secrets.first?.counts ?? undefined;
  const none = counts?.all === 0;
  const add = (
    <Button onClick={() => setOpened({ dialog: 'add' })} key="add">
      Add Secret
    </Button>
  );
  const importButton = (
    <Button variant="default" onClick={() => setOpened({ dialog: 'import' })} key="import">
      Import
    </Button>
  );
  return (
    <Page
      title="Secrets"
      description={
        counts === undefined || none
          ? 'Values are sealed when you add them and are never shown again.'
          : `${counts.all.toLocaleString()} ${counts.all === 1 ? 'secret' : 'secrets'}. Values are sealed when you add them and are never shown again.`
      }
      actions={mayWrite ? [importButton, add] : undefined}
    >
      {secrets.isError ? (
        <ErrorState error={secrets.error} retry={() => secrets.refetch()} />
      ) : none ? (
        <EmptyState
          icon={<IconKey size={22} />}
          title="No secrets yet"
          actions={
            mayWrite ? (
              <Button variant="light" onClick={() => setOpened({ dialog: 'add' })}>
                Add the first secret
              </Button>
            ) : undefined
          }
        >
          A secret is an API key, a password or a connection string that {name}’s workflows use by name. It is sealed in your browser; from
          then on it can be used, replaced and deleted, and nobody can read it. Add one, then choose it in a component with “Use
          organization secret”.
        </EmptyState>
      ) : (
        <>
          <SecretFilters counts={counts} />
          <DataTable
            label="Secrets"
            columns={columns}
            rows={secrets.items}
            rowKey={(secret) => secret.id}
            loading={secrets.isPending}
            hasMore={secrets.hasNextPage}
            loadingMore={secrets.isFetchingNextPage}
            loadMore={secrets.fetchNextPage}
            empty={
              <EmptyState icon={<IconSearchOff size={22} />} title="No secret matches">
                Try another word of its name or description, or another filter.
              </EmptyState>
            }
          />
        </>
      )}
      <AddSecretDialog opened={opened?.dialog === 'add'} close={close} {...(search.add === undefined ? {} : { name: search.add })} />
      <ImportDialog opened={opened?.dialog === 'import'} close={close} />
      <ReplaceValueDialog secret={opened?.dialog === 'replace' ? opened.secret : undefined} close={close} />
      <DeleteSecretDialog secret={opened?.dialog === 'delete' ? opened.secret : undefined} close={close} />
    </Page>
  );
}
