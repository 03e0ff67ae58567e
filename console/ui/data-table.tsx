import { Button, Skeleton, Text, UnstyledButton } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import classes from './data-table.module.css';
import { NotRead, useAway } from './placeholder.tsx';
import { type Column, TableRow } from './table-row.tsx';
import type { VirtualRowsProps } from './virtual-rows.tsx';

export type { Column } from './table-row.tsx';

/** Shorter lists are drawn whole, so that the browser's own search finds every row. */
const VIRTUAL_ABOVE_ROWS = 200;
const VirtualRows = lazy<ComponentType<VirtualRowsProps>>(() =>
  import('./virtual-rows.tsx').then(
    (module) => ({ default: module.VirtualRows }),
    // The server is away or of another version: slow rows are better than none.
    () => ({ default: Rows }),
  ),
);

export interface Sorting {
  by: string;
  direction: 'asc' | 'desc';
  change: (by: string, direction: 'asc' | 'desc') => void;
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  loading?: boolean;
  /** More below the given row, for what the columns leave out. */
  detail?: (row: Row) => ReactNode;
  hasMore?: boolean | undefined;
  loadingMore?: boolean | undefined;
  loadMore?: (() => void) | undefined;
  sorting?: Sorting | undefined;
  /** Shown in place of the rows when there are none. */
  empty?: ReactNode;
}

const SKELETON_ROWS = ['one', 'two', 'three', 'four', 'five'];

/**
 * A dense table. Below 640 px each row becomes a small card. More rows are fetched when the end comes into
 * view, and of a long list only the rows near the view are drawn.
 */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  loading = false,
  detail,
  hasMore,
  loadingMore,
  loadMore,
  sorting,
  empty,
}: DataTableProps<Row>) {
  const away = useAway();
  const table = useRef<HTMLTableElement>(null);
  const { ref, entry } = useIntersection({ rootMargin: '400px' });
  const atEnd = entry?.isIntersecting === true;
  useEffect(() => {
    if (atEnd && hasMore && !loadingMore) loadMore?.();
  }, [atEnd, hasMore, loadingMore, loadMore]);

  if (loading && away) return <NotRead />;
  if (!loading && rows.length === 0 && empty !== undefined) return empty;
  const shared = { columns: columns as readonly Column<unknown>[] };
  return (
    <>
      <div className={classes.scroll}>
        <table
          ref={table}
          className={classes.table}
          aria-label={label}
          aria-busy={loading}
          aria-rowcount={rows.length > VIRTUAL_ABOVE_ROWS ? rows.length + 1 : undefined}
        >
          <TableHead columns={shared.columns} sorting={sorting} />
          {loading ? (
            <SkeletonBody columns={shared.columns} />
          ) : rows.length > VIRTUAL_ABOVE_ROWS ? (
            <Suspense fallback={<Rows {...shared} rows={rows.slice(0, VIRTUAL_ABOVE_ROWS)} {...anyRow(rowKey, detail)} />}>
              <VirtualRows {...shared} table={table} rows={rows} {...anyRow(rowKey, detail)} />
            </Suspense>
          ) : (
            <Rows {...shared} rows={rows} {...anyRow(rowKey, detail)} />
          )}
        </table>
      </div>
      {hasMore ? (
        <div ref={ref} className={classes.more}>
          <Button variant="default" size="xs" loading={loadingMore === true} onClick={loadMore}>
            Load more
          </Button>
          <Text size="xs" c="dimmed">
            {rows.length.toLocaleString()} shown
          </Text>
        </div>
      ) : null}
    </>
  );
}

interface AnyRow {
  rowKey: (row: unknown) => string;
  detail: ((row: unknown) => ReactNode) | undefined;
}

function anyRow<Row>(rowKey: (row: Row) => string, detail: ((row: Row) => ReactNode) | undefined): AnyRow {
  return { rowKey, detail } as AnyRow;
}

function Rows({ rows, columns, rowKey, detail }: AnyRow & { rows: readonly unknown[]; columns: readonly Column<unknown>[] }) {
  return rows.map((row) => (
    <tbody key={rowKey(row)}>
      <TableRow columns={columns} row={row} below={detail?.(row)} />
    </tbody>
  ));
}

function TableHead({ columns, sorting }: { columns: readonly Column<unknown>[]; sorting: Sorting | undefined }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th
            key={column.key}
            scope="col"
            style={column.width === undefined ? undefined : { width: column.width }}
            data-align={column.align}
            data-wide={column.wideOnly}
            data-menu={column.phoneMenu}
            aria-sort={column.sortBy !== undefined && sorting?.by === column.sortBy ? ARIA_SORT[sorting.direction] : undefined}
          >
            <HeadWords column={column} sorting={sorting} />
          </th>
        ))}
      </tr>
    </thead>
  );
}

const ARIA_SORT = { asc: 'ascending', desc: 'descending' } as const;

function HeadWords({ column, sorting }: { column: Column<unknown>; sorting: Sorting | undefined }) {
  const { sortBy, header, quiet, head } = column;
  if (head !== undefined) return head;
  if (quiet) return <span className="visually-hidden">{header}</span>;
  if (sortBy === undefined || sorting === undefined) return header;
  const on = sorting.by === sortBy;
  const ascending = on && sorting.direction === 'asc';
  return (
    <UnstyledButton className={classes.sort} onClick={() => sorting.change(sortBy, ascending ? 'desc' : 'asc')}>
      {header}
      <span aria-hidden className={classes.arrow} data-on={on}>
        {on && !ascending ? '↓' : '↑'}
      </span>
    </UnstyledButton>
  );
}

function SkeletonBody({ columns }: { columns: readonly Column<unknown>[] }) {
  return (
    <tbody>
      {SKELETON_ROWS.map((row) => (
        <tr key={row}>
          {columns.map((column) => (
            <td key={column.key} data-wide={column.wideOnly} data-menu={column.phoneMenu}>
              <Skeleton height={12} my={6} width={column.quiet ? 40 : '70%'} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
