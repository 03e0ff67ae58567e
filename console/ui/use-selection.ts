import { useMemo, useState } from 'react';

export interface Selection<Row> {
  /** As they are listed now: one that was deleted meanwhile, or matches no more, is no longer selected. */
  selected: readonly Row[];
  has: (row: Row) => boolean;
  toggle: (row: Row) => void;
  toggleAll: () => void;
  replace: (rows: readonly Row[]) => void;
  clear: () => void;
  all: boolean;
  some: boolean;
}

/** Which rows of a list are ticked. `keyOf` is a function that stays the same from drawing to drawing. */
export function useSelection<Row>(listed: readonly Row[], keyOf: (row: Row) => string): Selection<Row> {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  return useMemo(() => {
    const selected = listed.filter((row) => keys.has(keyOf(row)));
    const all = selected.length > 0 && selected.length === listed.length;
    const replace = (rows: readonly Row[]) => setKeys(new Set(rows.map(keyOf)));
    return {
      selected,
      all,
      some: selected.length > 0,
      has: (row) => keys.has(keyOf(row)),
      toggle: (row) =>
        setKeys((former) => {
          const next = new Set(former);
          const key = keyOf(row);
          if (!next.delete(key)) next.add(key);
          return next;
        }),
      toggleAll: () => replace(all ? [] : listed),
      replace,
      clear: () => setKeys(new Set()),
    };
  }, [listed, keys, keyOf]);
}
