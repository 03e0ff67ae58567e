import { DOCUMENT_UNUSED_HOURS } from '@holdfast/api';
import { type DigestedDocument, documentsDetail } from '@holdfast/audit';
import { appendAudit, type Database, transaction } from '@holdfast/db';
import { type Kysely, sql } from 'kysely';

const DOCUMENTS_AT_ONCE = 20;

/**
 * Removes documents that no run took in time, and chunks whose upload failed or whose run is gone. Answers how many documents it
 * removed. What is removed is on the record of the organization, in the same transaction.
 */
export async function sweepDocuments(db: Kysely<Database>, now: Date): Promise<number> {
  const before = new Date(now.getTime() - DOCUMENT_UNUSED_HOURS * 3_600_000);
  const { rows: organizations } = await sql<{ id: string }>`
    select distinct organization_id as id from document where run_id is null and created_at < ${before}`.execute(db);
  let removed = 0;
  for (const { id } of organizations) {
    for (let count = DOCUMENTS_AT_ONCE; count === DOCUMENTS_AT_ONCE; removed += count) count = await sweepSome(db, id, before);
  }
  // A UUIDv7 begins with its time: chunks younger than this may belong to an upload that is still under way.
  await sql`
    delete from document_chunk c
    where c.document_id < ${firstUuidAt(before)}::uuid
      and not exists (select from document d where d.organization_id = c.organization_id and d.id = c.document_id)`.execute(db);
  return removed;
}

async function sweepSome(db: Kysely<Database>, organizationId: string, before: Date): Promise<number> {
  return transaction(db, async (tx) => {
    const { rows } = await sql<DigestedDocument>`
      delete from document where organization_id = ${organizationId} and id in (
        select id from document where organization_id = ${organizationId} and run_id is null and created_at < ${before}
        order by id limit ${DOCUMENTS_AT_ONCE}) and run_id is null
      returning id, size, sha256`.execute(tx);
    const [first] = rows;
    if (first === undefined) return 0;
    const ids = rows.map(({ id }) => id);
    await sql`delete from document_chunk where organization_id = ${organizationId} and document_id = any(${ids}::uuid[])`.execute(tx);
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

function firstUuidAt(time: Date): string {
  const digits = time.getTime().toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7000-8000-000000000000`;
}
