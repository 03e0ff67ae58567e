import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useLayoutEffect, useState } from 'react';
import { type Column, TableRow } from './table-row.tsx';

const ROW_PIXELS = 52;
const ROWS_BEYOND_VIEW = 20;

export interface VirtualRowsProps {
  table: RefObject<HTMLTableElement | null>;
  rows: readonly unknown[];
  rowKey: (row: unknown) => string;
  columns: readonly Column<unknown>[];
  detail: ((row: unknown) => ReactNode) | undefined;
}

/**
 * The rows near the view, each in a `tbody` of its own that is measured; empty room stands for the others.
 */
export function VirtualRows({ table, rows, rowKey, columns, detail }: VirtualRowsProps) {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (table.current !== null) setTop(table.current.getBoundingClientRect().top + window.scrollY);
  }, [table]);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PIXELS,
    overscan: ROWS_BEYOND_VIEW,
    scrollMargin: top,
    getItemKey: (index) => rowKey(rows[index]),
  });
  const items = virtualizer.getVirtualItems();
  const above = (items[0]?.start ?? top) - top;
  const below = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    <>
      <Room pixels={above} columns={columns.length} />
      {items.map((item) => (
        <tbody key={item.key} ref={virtualizer.measureElement} data-index={item.index}>
          <TableRow row={rows[item.index]} columns={columns} below={detail?.(rows[item.index])} place={item.index + 2} />
        </tbody>
      ))}
      <Room pixels={below} columns={columns.length} />
    </>
  );
}

function Room({ pixels, columns }: { pixels: number; columns: number }) {
  if (pixels <= 0) return null;
  return (
    <tbody aria-hidden>
      <tr>
        <td colSpan={columns} style={{ height: pixels, padding: 0, border: 0 }} />
      </tr>
    </tbody>
  );
}
