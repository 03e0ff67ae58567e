import type { FileFault } from '@holdfast/workflow/file';
import { Button, CopyButton, Group } from '@mantine/core';
import { CheckIcon, CopyIcon, DownloadIcon } from '@primer/octicons-react';
import type { RefObject } from 'react';
import { Panel } from '../../../forms/panel.tsx';
import { YamlText } from './yaml-text.tsx';

interface YamlPanelProps {
  /** Of the workflow, for the file. */
  name: string;
  text: string;
  hint: string;
  label: string;
  change?: (text: string) => void;
  faults?: readonly FileFault[];
  field?: RefObject<HTMLTextAreaElement | null>;
  /** What the file holds that is downloaded. */
  toDownload: () => string;
}

/** A workflow as YAML, to read or to write, to copy and to download. */
export function YamlPanel({ name, text, toDownload, ...rest }: YamlPanelProps) {
  return (
    <Panel
      title="YAML"
      actions={
        <Group gap="xs">
          <CopyButton value={text} timeout={1600}>
            {({ copied, copy }) => (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
                onClick={copy}
              >
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<DownloadIcon size={14} />}
            onClick={() => download(fileName(name), toDownload())}
          >
            Download
          </Button>
        </Group>
      }
    >
      <YamlText text={text} {...rest} />
    </Panel>
  );
}

function fileName(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${words || 'workflow'}.yaml`;
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
