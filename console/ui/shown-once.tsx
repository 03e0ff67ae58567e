import { Button, CopyButton, Group, TextInput } from '@mantine/core';
import { EyeClosedIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { Notice } from './notice.tsx';

/** A link or token that the server answers once and keeps no copy of. */
export function ShownOnce({ label, text, children, done }: { label: string; text: string; children: ReactNode; done: () => void }) {
  return (
    <>
      <Notice tone="warn" icon={<EyeClosedIcon size={16} />}>
        {children} It is shown only once.
      </Notice>
      <TextInput
        mt="sm"
        label={label}
        value={text}
        readOnly
        data-autofocus
        classNames={{ input: 'mono' }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Group justify="flex-end" gap="xs" mt="lg">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={done}>Done</Button>
      </Group>
    </>
  );
}
