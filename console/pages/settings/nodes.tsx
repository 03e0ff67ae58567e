import { listNodes } from '@holdfast/api';
import { Stack, Text } from '@mantine/core';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { aloneWords, holdsWords, NODE_STATE_WORDS, NODE_TONES, PLANE_WORDS, warningsOf } from './node-words.ts';

const REFRESH_MILLISECONDS = 10_000;

/** The processes of both planes. Where each is alone, that is one line. */
export function Nodes() {
  const { data, isError, isPending, error, refetch } = useEndpoint(listNodes, undefined, { refetchInterval: REFRESH_MILLISECONDS });
  const nodes = data?.items ?? [];
  const alone = data === undefined ? undefined : aloneWords(nodes);
  if (isError && data === undefined) return <ErrorState what="The nodes" error={error} retry={() => refetch()} />;
  if (alone !== undefined) return <Text size="sm">{alone}</Text>;
  return (
    <Stack gap="sm">
      {data === undefined
        ? null
        : warningsOf(nodes).map((warning) => (
            <Notice key={warning} tone="warn">
              {warning}
            </Notice>
          ))}
      <DataTable
        label="Nodes"
        rows={nodes}
        rowKey={({ id }) => id}
        loading={isPending}
        columns={[
          {
            key: 'host',
            header: 'Node',
            wraps: true,
            cell: ({ host, plane }) => (
              <>
                <span className="mono">{host}</span>
                <Text size="sm" c="dimmed">
                  {PLANE_WORDS[plane]}
                </Text>
              </>
            ),
          },
          { key: 'state', header: 'State', cell: ({ state }) => <Tag tone={NODE_TONES[state]}>{NODE_STATE_WORDS[state]}</Tag> },
          { key: 'holds', header: 'What it does', wraps: true, cell: holdsWords },
          { key: 'seen', header: 'Last heard', cell: ({ seenAt }) => <RelativeTime time={seenAt} /> },
          { key: 'version', header: 'Version', cell: ({ version }) => version },
        ]}
      />
    </Stack>
  );
}
