import { ActionIcon, Button, Progress, Text } from '@mantine/core';
import { CheckIcon, FileIcon, SyncIcon, XIcon } from '@primer/octicons-react';
import { useState } from 'react';
import classes from './upload-list.module.css';
import { repeatedNames, type UploadedDocument } from './use-uploads.ts';
import { sizeInWords } from './workflow-words.ts';

/** More are folded away, so that thousands do not slow the page down. */
const SHOWN = 100;

/** The chosen documents, how far each is, and a way to remove it again. */
export function UploadList({
  documents,
  remove,
  retry,
}: {
  documents: readonly UploadedDocument[];
  remove: (key: string) => void;
  retry: (key: string) => void;
}) {
  const [all, setAll] = useState(false);
  const repeated = repeatedNames(documents);
  const faulty = documents.filter((document) => document.state === 'failed' || repeated.has(document.name));
  const others = documents.filter((document) => !faulty.includes(document));
  const ordered = [...faulty, ...others];
  const shown = all ? ordered : ordered.slice(0, SHOWN);
  return (
    <>
      <ul className={classes.list} aria-label="Documents to publish">
        {shown.map((document) => (
          <UploadRow key={document.key} document={document} repeated={repeated.has(document.name)} remove={remove} retry={retry} />
        ))}
      </ul>
      {shown.length < ordered.length ? (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
          Show all {ordered.length.toLocaleString()}
        </Button>
      ) : null}
    </>
  );
}

interface UploadRowProps {
  document: UploadedDocument;
  repeated: boolean;
  remove: (key: string) => void;
  retry: (key: string) => void;
}

function UploadRow({ document, repeated, remove, retry }: UploadRowProps) {
  const { key, name, state, sent, file, problem } = document;
  return (
    <li className={classes.row}>
      <span className={classes.icon} data-state={state} aria-hidden>
        {state === 'uploaded' ? <CheckIcon size={16} /> : <FileIcon size={16} />}
      </span>
      <div className={classes.words}>
        <span className={classes.name}>{name}</span>
        {state === 'uploading' ? (
          <Progress value={file.size === 0 ? 100 : (sent / file.size) * 100} size={4} aria-label={`Upload of ${name}`} />
        ) : null}
        {repeated ? (
          <Text size="xs" c="var(--holdfast-bad-ink)">
            Another document here has the same name, and would take its place. Remove one of them.
          </Text>
        ) : null}
        {problem === undefined ? null : (
          <Text size="xs" c="var(--holdfast-bad-ink)">
            {problem}
          </Text>
        )}
      </div>
      <Text span size="xs" c="dimmed" className={classes.size}>
        {stateInWords(document)}
      </Text>
      {state === 'failed' ? (
        <ActionIcon variant="subtle" color="gray" size="sm" onClick={() => retry(key)} aria-label={`Upload ${name} again`}>
          <SyncIcon size={15} />
        </ActionIcon>
      ) : null}
      <ActionIcon variant="subtle" color="gray" size="sm" onClick={() => remove(key)} aria-label={`Remove ${name}`}>
        <XIcon size={15} aria-hidden />
      </ActionIcon>
    </li>
  );
}

function stateInWords({ state, sent, file }: UploadedDocument): string {
  const size = sizeInWords(file.size);
  switch (state) {
    case 'waiting':
      return `${size}, waiting`;
    case 'uploading':
      return `${sizeInWords(sent)} of ${size}`;
    case 'uploaded':
      return size;
    case 'failed':
      return `${size}, not uploaded`;
  }
}
