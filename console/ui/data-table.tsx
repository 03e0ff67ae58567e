import { Button, Skeleton, Text } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { memo, type ReactNode, useEffect } from 'react';
import classes from './data-table.module.css';

export interface Column<Row> {
  key: string;
  /** Also the label of the cell on narrow screens. Keep it for screen readers alone with `quiet`. */
  header: string;
  quiet?: boolean;
  align?: 'right';
  /** Its words may break into lines; the words of the other columns stay on one. The first column always may. */
  wraps?: boolean;
  width?: number | string;
  /** Left out below 900 px. */
  wideOnly?: boolean;
  cell: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  loading?: boolean;
  /** More rows below the given one, for what the columns leave out. */
  detail?: (row: Row) => ReactNode;
  hasMore?: boolean | undefined;
  loadingMore?: boolean | undefined;
  loadMore?: (() => void) | undefined;
  /** Shown in place of the rows when there are none. */
  empty?: ReactNode;
}

const SKELETON_ROWS = ['one', 'two', 'three', 'four', 'five'];

/** A dense table. Below 640 px each row becomes a small card. More rows are fetched when the end comes into view. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  loading,
  detail,
  hasMore,
  loadingMore,
  loadMore,
  empty,
}: DataTableProps<Row>) {
  const { ref, entry } = useIntersection({ rootMargin: '400px' });
  const atEnd = entry?.isIntersecting === true;
  useEffect(() => {
    if (atEnd && hasMore && !loadingMore) loadMore?.();
  }, [atEnd, hasMore, loadingMore, loadMore]);

  if (!loading && rows.length === 0 && empty !== undefined) return empty;
  return (
    <>
      <div className={classes.scroll}>
        <table className={classes.table} aria-label={label} aria-busy={loading === true}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  style={column.width === undefined ? undefined : { width: column.width }}
                  data-align={column.align}
                  data-wide={column.wideOnly}
                >
                  {column.quiet ? <span className="visually-hidden">{column.header}</span> : column.header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {loading
              ? SKELETON_ROWS.map((row) => (
                  <tr key={row}>
                    {columns.map((column) => (
                      <td key={column.key} data-wide={column.wideOnly}>
                        <Skeleton height={12} my={6} width={column.quiet ? 40 : '70%'} />
                      </td>
                    ))}
                  </tr>
                ))
              : rows.map((row) => (
                  <Rows key={rowKey(row)} row={row as unknown} columns={columns as readonly Column<unknown>[]} below={detail?.(row)} />
                ))}
          </tbody>
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

interface RowsProps {
  row: unknown;
  columns: readonly Column<unknown>[];
  below: ReactNode;
}

/** Drawn again only when its row or the columns change, so that fetching a page does not redraw all pages before it. */
const Rows = memo(function Rows({ row, columns, below }: RowsProps) {
  return (
    <>
      <tr data-open={Boolean(below)}>
        {columns.map((column) => (
          <td
            key={column.key}
            data-label={column.quiet ? undefined : column.header}
            data-align={column.align}
            data-wide={column.wideOnly}
            data-wraps={column.wraps}
          >
            {column.cell(row)}
          </td>
        ))}
      </tr>
      {below ? (
        <tr className={classes.detail}>
          <td colSpan={columns.length}>{below}</td>
        </tr>
      ) : null}
    </>
  );
});
