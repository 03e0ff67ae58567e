import { memo, type ReactNode } from 'react';
import classes from './data-table.module.css';

export interface Column<Row> {
  key: string;
  /** Also the label of the cell on narrow screens. Keep it for screen readers alone with `quiet`. */
  header: string;
  quiet?: boolean;
  /** Instead of the words in the head: a box that selects all. */
  head?: ReactNode;
  /** What the table is sorted by when its head is pressed. */
  sortBy?: string;
  align?: 'right';
  /**
   * Its words may break into lines; the words of the other columns stay on one. The first column always may.
   */
  wraps?: boolean;
  width?: number | string;
  /** Left out below 900 px. */
  wideOnly?: boolean;
  /** Left out below 640 px, where a row is a card: what its page shows as well. */
  notOnPhone?: boolean;
  /** Only below 640 px: a `RowMenu`, at the upper right of the card, of what buttons do on wider screens. */
  phoneMenu?: boolean;
  /** A box to tick. Below 640 px it stands at the left of the card. */
  tick?: boolean;
  cell: (row: Row) => ReactNode;
}

interface TableRowProps {
  row: unknown;
  columns: readonly Column<unknown>[];
  below: ReactNode;
  /** Its place among all rows, counted from 1 after the head, when not all of them are drawn. */
  place?: number;
}

/** One row, and what opens below it. Drawn again only when it or the columns change. */
export const TableRow = memo(function TableRow({ row, columns, below, place }: TableRowProps) {
  return (
    <>
      <tr data-open={Boolean(below)} aria-rowindex={place}>
        {columns.map((column) => (
          <td
            key={column.key}
            data-label={column.quiet ? undefined : column.header}
            data-align={column.align}
            data-wide={column.wideOnly}
            data-wraps={column.wraps}
            data-phone={!column.notOnPhone}
            data-tick={column.tick}
            data-menu={column.phoneMenu}
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
