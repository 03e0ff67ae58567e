import type { Run } from '@holdfast/api';
import type { ItemStatusName } from './run-status.tsx';
import { itemStatusWords } from './run-words.ts';
import classes from './state-bar.module.css';

const ORDER: readonly ItemStatusName[] = ['published', 'unchanged', 'running', 'failed', 'waiting'];

/** The share of each state, from published to waiting. The words beside it say the same. */
export function StateBar({ items, active, slim = false }: { items: Run['items']; active: boolean; slim?: boolean }) {
  const said = ORDER.filter((status) => items[status] > 0)
    .map((status) => `${items[status].toLocaleString()} ${itemStatusWords(status, active)}`)
    .join(', ');
  return (
    <div className={classes.bar} data-slim={slim} role="img" aria-label={said === '' ? 'no documents yet' : said}>
      {ORDER.map((status) =>
        items[status] === 0 ? null : (
          <span key={status} className={classes.part} data-status={status} style={{ flexGrow: items[status] }} />
        ),
      )}
    </div>
  );
}
