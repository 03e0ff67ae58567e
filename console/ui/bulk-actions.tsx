import { Button, Checkbox, Text, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './bulk-actions.module.css';
import type { Column } from './table-row.tsx';
import type { Selection } from './use-selection.ts';

interface BulkActionsProps<Row> {
  /** "Selected secrets". */
  label: string;
  selection: Selection<Row>;
  /** More than those that are ticked. */
  selectAll?: { label: string; busy?: boolean; select: () => void } | undefined;
  actions: readonly { label: string; act: () => void }[];
  /** The table. */
  children: ReactNode;
}

/**
 * Around a table with a column of ticks: what can be done with the rows that are ticked, in a bar that stays
 * in view.
 */
export function BulkActions<Row>({ label, selection, selectAll, actions, children }: BulkActionsProps<Row>) {
  const count = selection.selected.length;
  return (
    <div className={classes.around}>
      {count === 0 ? null : (
        <section className={classes.bar} aria-label={label} data-bulk-bar>
          <Text size="sm" fw={600} aria-live="polite">
            {count.toLocaleString()} selected
          </Text>
          {selectAll === undefined ? null : (
            <UnstyledButton className="link-button" fz="sm" disabled={selectAll.busy === true} onClick={selectAll.select}>
              {selectAll.busy === true ? 'Selecting …' : selectAll.label}
            </UnstyledButton>
          )}
          <span className={classes.actions}>
            {actions.map((action) => (
              <Button key={action.label} size="compact-sm" variant="default" onClick={action.act}>
                {action.label}
              </Button>
            ))}
            <Button size="compact-sm" variant="subtle" onClick={selection.clear}>
              Clear
            </Button>
          </span>
        </section>
      )}
      {children}
    </div>
  );
}

/** The ticks. `nameOf` says which row one belongs to. */
export function tickColumn<Row>(selection: Selection<Row>, nameOf: (row: Row) => string): Column<Row> {
  return {
    key: 'tick',
    header: 'Select',
    quiet: true,
    tick: true,
    width: 34,
    head: (
      <Checkbox
        size="xs"
        aria-label="Select all that are listed"
        checked={selection.all}
        indeterminate={selection.some && !selection.all}
        onChange={selection.toggleAll}
      />
    ),
    cell: (row) => (
      <Checkbox size="xs" mt={2} aria-label={`Select ${nameOf(row)}`} checked={selection.has(row)} onChange={() => selection.toggle(row)} />
    ),
  };
}
