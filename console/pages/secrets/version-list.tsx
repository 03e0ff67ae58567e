import { listSecretVersions } from '@holdfast/api';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';

/** When each value was set, and by whom. Only the current one still exists. */
export function VersionList({ name }: { name: string }) {
  const versions = useEndpointPages(listSecretVersions, { params: { name } });
  return (
    <WhenRead what="The versions" of={versions}>
      <DataTable
        label={`Versions of ${name}`}
        rows={versions.items}
        rowKey={(version) => version.id}
        loading={versions.isPending}
        hasMore={versions.hasNextPage}
        loadingMore={versions.isFetchingNextPage}
        loadMore={versions.fetchNextPage}
        columns={[
          {
            key: 'state',
            header: 'State',
            cell: (version) => (version.state === 'current' ? <Tag tone="good">current</Tag> : <Tag>replaced, value destroyed</Tag>),
          },
          { key: 'set', header: 'Set', cell: (version) => <RelativeTime time={version.createdAt} /> },
          { key: 'by', header: 'By', cell: (version) => version.createdBy.name },
          { key: 'id', header: 'Version', cell: (version) => <code>{version.id}</code> },
        ]}
      />
    </WhenRead>
  );
}
