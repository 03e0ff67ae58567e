import { DOCUMENT_MAXIMUM_BYTES } from '@holdfast/api';
import { Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { UploadIcon } from '@primer/octicons-react';
import classes from './document-drop.module.css';

/** Takes files and folders by drag and drop, or by a click. */
export function DocumentDrop({ add }: { add: (files: File[]) => void }) {
  return (
    <Dropzone
      onDrop={add}
      multiple
      className={classes.drop ?? ''}
      inputProps={{ 'aria-label': 'Documents' }}
      // It takes the focus, so it has a role that lets its name be read; no button, since a field is in it.
      role="group"
      aria-label="Documents: press Enter to choose them, or drop them here"
    >
      <div className={classes.inner}>
        <UploadIcon size={22} />
        <div>
          <Text fw={600}>Drop files or folders here, or click to choose</Text>
          <Text size="sm" c="dimmed">
            Any kind, up to {DOCUMENT_MAXIMUM_BYTES / 1024 ** 3} GiB each. How long they are kept stands under Limits.
          </Text>
        </div>
      </div>
    </Dropzone>
  );
}
