import { DAY_MILLISECONDS, DOCUMENT_UNUSED_HOURS } from '@holdfast/api';
import { type DigestedDocument, documentsDetail } from '@holdfast/audit';
import { appendAudit, type Database, type Tx, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

/** Of one transaction. */
const DOCUMENTS_AT_ONCE = 20;
const CHUNKS_AT_ONCE = 1_000;

/**
 * Removes, a few at a time: documents that no run took in time, documents whose run ended more than
 * `keptDays` ago, and chunks whose upload failed or whose run is gone. A run whose documents are all gone
 * says so. Answers how many documents it removed. What is removed is on the record of the organization, in
 * the same transaction.
 *
 * @param confirm is called in each transaction, and ends the sweep by throwing: see data/nodes.
 */
export async function sweepDocuments(
  db: Kysely<Database>,
  now: Date,
  keptDays: number,
  confirm: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<number> {
  const unusedBefore = new Date(now.getTime() - DOCUMENT_UNUSED_HOURS * 3_600_000);
  const endedBefore = new Date(now.getTime() - keptDays * DAY_MILLISECONDS);
  const { rows: organizations } = await sql<{ id: string }>`
    select organization_id as id from document where run_id is null and created_at < ${unusedBefore}
    union select d.organization_id from run r join document d on d.organization_id = r.organization_id and d.run_id = r.id
    where r.finished_at < ${endedBefore} and r.documents_removed_at is null`.execute(db);
  let removed = 0;
  for (const { id } of organizations) {
    removed += await sweepAll(db, id, confirm, (tx) => removeUnused(tx, id, unusedBefore));
    removed += await sweepAll(db, id, confirm, (tx) => removeOfEndedRuns(tx, id, endedBefore));
  }
  await removeLooseChunks(db, unusedBefore);
  return removed;
}

type Remove = (tx: Tx) => Promise<DigestedDocument[]>;
type Confirm = (tx: Tx) => Promise<void>;

async function sweepAll(db: Kysely<Database>, organizationId: string, confirm: Confirm, remove: Remove): Promise<number> {
  let removed = 0;
  for (let count = DOCUMENTS_AT_ONCE; count === DOCUMENTS_AT_ONCE; removed += count) {
    count = await sweepSome(db, organizationId, confirm, remove);
  }
  return removed;
}

/**
 * The rows first: a run that takes a document at this moment has it or does not find it, never without its
 * bytes.
 */
async function sweepSome(db: Kysely<Database>, organizationId: string, confirm: Confirm, remove: Remove): Promise<number> {
  return transaction(db, async (tx) => {
    await confirm(tx);
    const rows = await remove(tx);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await sql`delete from document_chunk where organization_id = ${organizationId} and document_id = any(${ids}::uuid[])`.execute(tx);
    await markRuns(tx, organizationId, ids);
    await appendAudit(tx, organizationId, [
      {
        action: 'document.expire',
        actor: { kind: 'system', id: null, name: 'data plane' },
        outcome: 'success',
        detail: documentsDetail(rows),
      },
    ]);
    return rows.length;
  });
}

async function removeUnused(tx: Tx, organizationId: string, before: Date): Promise<DigestedDocument[]> {
  const { rows } = await sql<DigestedDocument>`
    delete from document where organization_id = ${organizationId} and id in (
      select id from document where organization_id = ${organizationId} and run_id is null and created_at < ${before}
      order by id limit ${DOCUMENTS_AT_ONCE}) and run_id is null
    returning id, size, sha256`.execute(tx);
  return rows;
}

async function removeOfEndedRuns(tx: Tx, organizationId: string, before: Date): Promise<DigestedDocument[]> {
  const { rows } = await sql<DigestedDocument>`
    delete from document d using run r
    where d.organization_id = ${organizationId} and r.organization_id = d.organization_id and r.id = d.run_id and r.finished_at < ${before}
      and d.id in (
        select e.id from run q join document e on e.organization_id = q.organization_id and e.run_id = q.id
        where q.organization_id = ${organizationId} and q.finished_at < ${before} and q.documents_removed_at is null
        order by e.id limit ${DOCUMENTS_AT_ONCE})
    returning d.id, d.size, d.sha256`.execute(tx);
  return rows;
}

/** Every run that had one of these documents, and has none left. */
async function markRuns(tx: Tx, organizationId: string, documentIds: readonly string[]): Promise<void> {
  await sql`
    update run r set documents_removed_at = now()
    where r.organization_id = ${organizationId} and r.documents_removed_at is null
      and r.id in (select i.run_id from run_item i where i.organization_id = ${organizationId} and i.document_id = any(${documentIds}::uuid[]))
      and not exists (select from run_item i join document d on d.organization_id = i.organization_id and d.id = i.document_id
        where i.organization_id = r.organization_id and i.run_id = r.id)`.execute(tx);
}

/**
 * A UUIDv7 begins with its time: chunks younger than `before` may belong to an upload that is still under
 * way.
 */
async function removeLooseChunks(db: Kysely<Database>, before: Date): Promise<void> {
  for (let removed = CHUNKS_AT_ONCE; removed === CHUNKS_AT_ONCE; ) {
    const { numAffectedRows } = await sql`
      delete from document_chunk where (organization_id, document_id, number) in (
        select c.organization_id, c.document_id, c.number from document_chunk c
        where c.document_id < ${firstUuidAt(before)}::uuid
          and not exists (select from document d where d.organization_id = c.organization_id and d.id = c.document_id)
        limit ${CHUNKS_AT_ONCE})`.execute(db);
    removed = Number(numAffectedRows ?? 0n);
  }
}

function firstUuidAt(time: Date): string {
  const digits = time.getTime().toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7000-8000-000000000000`;
}
