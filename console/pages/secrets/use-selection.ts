import type { Secret } from '@holdfast/api';
import { useMemo, useState } from 'react';

export interface Selection {
  /** As they are listed now: one that was deleted meanwhile, or matches no more, is no longer selected. */
  selected: readonly Secret[];
  has: (secret: Secret) => boolean;
  toggle: (secret: Secret) => void;
  toggleAll: () => void;
  replace: (secrets: readonly Secret[]) => void;
  clear: () => void;
  all: boolean;
  some: boolean;
}

/** Which secrets of a list are ticked. */
export function useSelection(listed: readonly Secret[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  return useMemo(() => {
    const selected = listed.filter(({ id }) => ids.has(id));
    const all = selected.length > 0 && selected.length === listed.length;
    const replace = (secrets: readonly Secret[]) => setIds(new Set(secrets.map(({ id }) => id)));
    return {
      selected,
      all,
      some: selected.length > 0,
      has: ({ id }) => ids.has(id),
      toggle: ({ id }) =>
        setIds((former) => {
          const next = new Set(former);
          if (!next.delete(id)) next.add(id);
          return next;
        }),
      toggleAll: () => replace(all ? [] : listed),
      replace,
      clear: () => setIds(new Set()),
    };
  }, [listed, ids]);
}
