import { DOCUMENT_UNUSED_HOURS } from '@holdfast/api';
import { type Database, transaction } from '@holdfast/db';
import { type Kysely, sql } from 'kysely';

const DOCUMENTS_AT_ONCE = 100;

/**
 * Removes documents that no run took in time, and chunks whose upload broke off or whose run is gone. Answers how many
 * documents it removed.
 */
export async function sweepDocuments(db: Kysely<Database>, now: Date): Promise<number> {
  const before = new Date(now.getTime() - DOCUMENT_UNUSED_HOURS * 3_600_000);
  let removed = 0;
  for (;;) {
    const ids = await transaction(db, async (tx) => {
      const rows = await tx
        .selectFrom('document')
        .select(['organization_id', 'id'])
        .where('run_id', 'is', null)
        .where('created_at', '<', before)
        .limit(DOCUMENTS_AT_ONCE)
        .execute();
      for (const row of rows) {
        await tx
          .deleteFrom('document_chunk')
          .where('organization_id', '=', row.organization_id)
          .where('document_id', '=', row.id)
          .execute();
        await tx
          .deleteFrom('document')
          .where('organization_id', '=', row.organization_id)
          .where('id', '=', row.id)
          .where('run_id', 'is', null)
          .execute();
      }
      return rows;
    });
    removed += ids.length;
    if (ids.length < DOCUMENTS_AT_ONCE) break;
  }
  // A UUIDv7 begins with its time: chunks younger than this may belong to an upload that is still under way.
  await sql`
    delete from document_chunk c
    where c.document_id < ${firstUuidAt(before)}::uuid
      and not exists (select from document d where d.organization_id = c.organization_id and d.id = c.document_id)`.execute(db);
  return removed;
}

function firstUuidAt(time: Date): string {
  const digits = time.getTime().toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7000-8000-000000000000`;
}
