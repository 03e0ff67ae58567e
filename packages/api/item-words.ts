import type { ItemCounts, RunItem } from './endpoints/runs.ts';

const ORDER = ['published', 'unchanged', 'skipped', 'failed', 'running', 'waiting'] as const satisfies readonly (keyof ItemCounts)[];

/**
 * The state of a document in words. One that still waits when its run has ended was not sent, and will not
 * be.
 */
export function itemStatusInWords(status: RunItem['status'], active: boolean): string {
  if (status === 'waiting' && !active) return 'not sent';
  return status === 'skipped' ? 'left out' : status;
}

/**
 * What became of the documents of a run, the same in every place that says it: "3 published, 1 unchanged, 1
 * failed", "0 published, 5 unchanged", "no documents". Published and unchanged are never added up.
 *
 * @param active - whether the run may still change.
 */
export function itemCountsInWords(items: ItemCounts, active: boolean): string {
  if (items.total === 0) return 'no documents';
  return ORDER.filter((status) => items[status] > 0 || status === 'published')
    .map((status) => `${items[status].toLocaleString('en')} ${itemStatusInWords(status, active)}`)
    .join(', ');
}
