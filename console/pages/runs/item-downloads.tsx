import { downloadRunDocument, type RunItem } from '@holdfast/api';
import { Anchor, Text } from '@mantine/core';

/** Where the documents of a run are downloaded, if the reader may. */
export interface Downloads {
  readonly organization: string;
  readonly runId: string;
}

const NAMED = 5;

/** What is kept of a document: as it was uploaded, and what models made of it. */
export function ItemDownloads({ item, from }: { item: RunItem; from: Downloads }) {
  const made = item.steps.flatMap(({ results }) => results.flatMap(({ id, name }) => (id === null ? [] : [{ id, name }])));
  const kept = [...(item.documentId === null ? [] : [{ id: item.documentId, name: item.name }]), ...made];
  if (kept.length === 0) return null;
  const path = downloadRunDocument.path.replace(':organization', encodeURIComponent(from.organization)).replace(':run', from.runId);
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      Download{' '}
      {kept.slice(0, NAMED).map(({ id, name }, index) => (
        <span key={id}>
          {index === 0 ? null : ', '}
          <Anchor size="xs" href={path.replace(':document', id)} download>
            {name.split('/').at(-1)}
          </Anchor>
        </span>
      ))}
    </Text>
  );
}
