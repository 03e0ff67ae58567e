import { itemCountsInWords, type Run } from '@holdfast/api';
import type { ItemStatusName } from './run-status.tsx';
import classes from './state-bar.module.css';

const ORDER: readonly ItemStatusName[] = ['published', 'unchanged', 'running', 'skipped', 'failed', 'waiting'];

/** The share of each state, from published to waiting. The words beside it say the same. */
export function StateBar({ items, active, slim = false }: { items: Run['items']; active: boolean; slim?: boolean }) {
  return (
    <div className={classes.bar} data-slim={slim} role="img" aria-label={itemCountsInWords(items, active)}>
      {ORDER.map((status) =>
        items[status] === 0 ? null : (
          <span key={status} className={classes.part} data-status={status} style={{ flexGrow: items[status] }} />
        ),
      )}
    </div>
  );
}
