import type { RunItem } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { limitTo } from '../limit-to.ts';
import { readItemSteps } from './read-item-steps.ts';
import type { ItemsPlace } from './run-place.ts';

interface ItemRow {
  id: string;
  document_id: string | null;
  name: string;
  content_type: string;
  size: number;
  sent: number;
  status: RunItem['status'];
  held: boolean;
  attempts: number;
  published_as: string | null;
  failure: RunItem['failure'];
  finished_at: Date | null;
}

/**
 * Documents `i` of a run that fulfil a condition, in an order, with the steps that they have been through.
 */
export async function readItems(
  db: Kysely<Database>,
  place: ItemsPlace,
  { where, order, limit }: { readonly where: RawBuilder<unknown>; readonly order: RawBuilder<unknown>; readonly limit: number },
): Promise<RunItem[]> {
  const found = await sql<ItemRow>`
    select i.id, case when not d.in_bucket or ${place.bucketIsReached}::boolean then d.id end as document_id, i.name, i.content_type, i.size, i.sent, i.status, i.held, i.attempts, i.published_as, i.failure, i.finished_at
    from run_item i left join document d on d.organization_id = i.organization_id and d.id = i.document_id
    where i.organization_id = ${place.organizationId} and i.run_id = ${place.runId} and ${where}
    order by ${order} limit ${limitTo(limit)}`.execute(db);
  const rows = found.rows.slice(0, limit);
  const steps = await readItemSteps(
    db,
    place,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    id: row.id,
    documentId: row.document_id,
    name: row.name,
    contentType: row.content_type,
    size: row.size,
    sent: row.sent,
    status: row.status,
    held: row.held,
    attempts: row.attempts,
    publishedAs: row.published_as,
    failure: row.failure,
    steps: steps.get(row.id) ?? [],
    finishedAt: row.finished_at?.toISOString() ?? null,
  }));
}
