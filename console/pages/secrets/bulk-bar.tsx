import type { Secret } from '@holdfast/api';
import { Button, Text, UnstyledButton } from '@mantine/core';
import classes from './bulk-bar.module.css';
import type { BulkAction } from './bulk-dialog.tsx';

interface BulkBarProps {
  selected: readonly Secret[];
  /** How many match the filters, listed so far or not. */
  total: number | undefined;
  selectAll: () => void;
  loadingAll: boolean;
  clear: () => void;
  act: (action: BulkAction) => void;
}

/** What can be done with the secrets that are ticked. */
export function BulkBar({ selected, total, selectAll, loadingAll, clear, act }: BulkBarProps) {
  if (selected.length === 0) return null;
  return (
    <section className={classes.bar} aria-label="Selected secrets">
      <Text size="sm" fw={600} aria-live="polite">
        {selected.length.toLocaleString()} selected
      </Text>
      {total !== undefined && total > selected.length ? (
        <UnstyledButton className="link-button" fz="sm" disabled={loadingAll} onClick={selectAll}>
          {loadingAll ? 'Selecting …' : `Select all ${total.toLocaleString()} that match`}
        </UnstyledButton>
      ) : null}
      <span className={classes.actions}>
        <Button size="compact-sm" variant="default" onClick={() => act('owner')}>
          Set owner
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => act('scope')}>
          Set projects
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => act('delete')}>
          Delete
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={clear}>
          Clear
        </Button>
      </span>
    </section>
  );
}
