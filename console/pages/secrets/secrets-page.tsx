import { listSecrets, SECRET_SORTS, type Secret } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { KeyIcon, SearchIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { BulkActions } from '../../ui/bulk-actions.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { useSelection } from '../../ui/use-selection.ts';
import { WhenRead } from '../../ui/when-read.tsx';
import type { BulkAction } from './bulk-dialog.tsx';
import { AddSecretDialog, BulkDialog, DeleteSecretDialog, ImportDialog, MetadataDialog, ReplaceValueDialog } from './dialogs.tsx';
import { secretColumns } from './secret-columns.tsx';
import { SecretFilters } from './secret-filters.tsx';

const PAGE_SIZE = 100;
const keyOf = ({ id }: Secret) => id;
type Opened =
  | { dialog: 'add' | 'import' }
  | { dialog: 'replace' | 'delete' | 'describe'; secret: Secret }
  | { dialog: 'bulk'; action: BulkAction };

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
        ...(search.project ? { project: search.project } : {}),
        ...(search.sort ? { sort: search.sort } : {}),
        ...(search.order ? { order: search.order } : {}),
        limit: PAGE_SIZE,
      },
    },
    { enabled: may('secrets:read'), keepPrevious: true },
  );
  const selection = useSelection(secrets.items, keyOf);
  const [loadingAll, setLoadingAll] = useState(false);
  /** How often the filters were taken away: their fields begin again. */
  const [cleared, setCleared] = useState(0);
  const columns = useMemo(
    () =>
      secretColumns({
        organization: slug,
        mayWrite,
        replace: (secret) => setOpened({ dialog: 'replace', secret }),
        remove: (secret) => setOpened({ dialog: 'delete', secret }),
        describe: (secret) => setOpened({ dialog: 'describe', secret }),
        selection,
      }),
    [slug, mayWrite, selection],
  );
  async function selectAllThatMatch() {
    setLoadingAll(true);
    try {
      let page = await secrets.fetchNextPage();
      while (page.hasNextPage && !page.isError) page = await secrets.fetchNextPage();
      if (!page.isError) selection.replace((page.data?.pages ?? []).flatMap(({ items }) => items));
    } finally {
      setLoadingAll(false);
    }
  }
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
  const total = secrets.first?.total ?? undefined;
  const filtered = [search.search, search.filter, search.kind, search.project].some((chosen) => chosen !== undefined);
  const none = counts?.all === 0;
  const bulk = (action: BulkAction) => () => setOpened({ dialog: 'bulk', action });
  const showAll = async () => {
    await navigate({ search: ({ sort, order }) => ({ sort, order }), replace: true });
    // The field begins with what the address then says.
    setCleared((times) => times + 1);
  };
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
      description="Values are sealed when you add them and are never shown again."
      actions={mayWrite ? [importButton, add] : undefined}
    >
      {none ? null : <SecretFilters key={cleared} counts={counts} />}
      <WhenRead what="The secrets" of={secrets}>
        {none ? (
          <EmptyState
            icon={<KeyIcon size={22} />}
            title="No secrets yet"
            actions={
              mayWrite ? (
                <Button variant="light" onClick={() => setOpened({ dialog: 'add' })}>
                  Add the first secret
                </Button>
              ) : undefined
            }
          >
            A secret is an API key, a password or a connection string that {name}’s workflows use by name. It is sealed in your browser;
            from then on it can be used, replaced and deleted, and nobody can read it. Add one, then choose it in a component with “Use
            organization secret”.
          </EmptyState>
        ) : (
          <>
            <Text size="sm" c="dimmed" mb={4} aria-live="polite">
              {total === undefined
                ? 'Searching …'
                : filtered
                  ? `${total.toLocaleString()} of ${(counts?.all ?? total).toLocaleString()} match`
                  : `${total.toLocaleString()} ${total === 1 ? 'secret' : 'secrets'}`}
            </Text>
            <BulkActions
              label="Selected secrets"
              selection={selection}
              selectAll={
                total !== undefined && total > selection.selected.length
                  ? {
                      label: `Select all ${total.toLocaleString()} that match`,
                      busy: loadingAll,
                      select: () => void selectAllThatMatch(),
                    }
                  : undefined
              }
              actions={[
                { label: 'Set owner', act: bulk('owner') },
                { label: 'Set projects', act: bulk('scope') },
                { label: 'Delete', act: bulk('delete') },
              ]}
            >
              <DataTable
                label="Secrets"
                columns={columns}
                rows={secrets.items}
                rowKey={keyOf}
                loading={secrets.isPending}
                hasMore={secrets.hasNextPage}
                loadingMore={secrets.isFetchingNextPage}
                loadMore={secrets.fetchNextPage}
                sorting={{
                  by: search.sort ?? 'name',
                  direction: search.order ?? 'asc',
                  change: (by, order) =>
                    void navigate({
                      search: (former) => ({ ...former, sort: SECRET_SORTS.find((sort) => sort === by), order }),
                      replace: true,
                    }),
                }}
                empty={
                  <EmptyState
                    icon={<SearchIcon size={22} />}
                    title="No secrets match"
                    actions={
                      <Button variant="default" onClick={showAll}>
                        Show all secrets
                      </Button>
                    }
                  >
                    Try another word from the name or description, or another filter.
                  </EmptyState>
                }
              />
            </BulkActions>
          </>
        )}
      </WhenRead>
      <AddSecretDialog opened={opened?.dialog === 'add'} close={close} {...(search.add === undefined ? {} : { name: search.add })} />
      <ImportDialog opened={opened?.dialog === 'import'} close={close} />
      <ReplaceValueDialog secret={opened?.dialog === 'replace' ? opened.secret : undefined} close={close} />
      <MetadataDialog secret={opened?.dialog === 'describe' ? opened.secret : undefined} close={close} />
      <DeleteSecretDialog secret={opened?.dialog === 'delete' ? opened.secret : undefined} close={close} />
      <BulkDialog
        action={opened?.dialog === 'bulk' ? opened.action : undefined}
        secrets={selection.selected}
        close={close}
        done={selection.clear}
      />
    </Page>
  );
}
