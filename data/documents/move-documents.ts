import { createHash } from 'node:crypto';
import { type Tx, transaction } from '@holdfast/db/data';
import { sql } from 'kysely';
import { type DocumentPlace, objectKey } from './bucket.ts';
import { readDocument } from './read-document.ts';

/** Of one turn. */
const DOCUMENTS_AT_ONCE = 100;
const OBJECTS_AT_ONCE = 200;
/** As uploads: an object that is younger may belong to a document whose row is not there yet. */
const LOOSE_HOURS = 24;
/** Less than any id. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

type Confirm = (tx: Tx) => Promise<void>;

/**
 * Moves uploaded documents from the database into the bucket, until none is left: the object first, then, in
 * one transaction, the note of it and the removal of the chunks. A crash between the two leaves an object
 * that the next turn writes again. Answers how many it moved.
 *
 * @throws DocumentDamaged once all others were moved, when one does not have the digest of its row.
 * @param confirm see {@link sweepDocuments}.
 */
export async function moveDocuments({ db, bucket }: DocumentPlace, confirm: Confirm = async () => undefined): Promise<number> {
  if (bucket === undefined) return 0;
  let moved = 0;
  let damaged: DocumentDamaged | undefined;
  let after: readonly [string, string] = [BEFORE_ALL, BEFORE_ALL];
  for (;;) {
    // Chunks of an upload that is still under way have no document yet.
    const { rows } = await sql<{ organization_id: string; id: string; size: string; sha256: Buffer }>`
      select d.organization_id, d.id, d.size, d.sha256 from document_chunk c
      join document d on d.organization_id = c.organization_id and d.id = c.document_id
      where c.number = 0 and not d.in_bucket and (c.organization_id, c.document_id) > (${after[0]}::uuid, ${after[1]}::uuid)
      order by c.organization_id, c.document_id limit ${DOCUMENTS_AT_ONCE}`.execute(db);
    for (const { organization_id, id, size, sha256 } of rows) {
      const key = objectKey(bucket, organization_id, id);
      after = [organization_id, id];
      try {
        await bucket.store.put(key, checked(readDocument({ db, bucket }, organization_id, { id, size: Number(size) }), sha256));
      } catch (error) {
        if (!(error instanceof DocumentDamaged)) throw error;
        damaged ??= error;
        continue;
      }
      const kept = await transaction(db, async (tx) => {
        await confirm(tx);
        return (await sql<{ kept: boolean }>`select place_in_bucket(${organization_id}, ${id}) as kept`.execute(tx)).rows[0]?.kept;
      });
      if (kept === true) moved += 1;
      // It was removed meanwhile.
      else await bucket.store.remove(key);
    }
    if (rows.length < DOCUMENTS_AT_ONCE) break;
  }
  if (damaged !== undefined) throw damaged;
  return moved;
}

class DocumentDamaged extends Error {}

/** What does not have the document's digest does not become an object. */
async function* checked(bytes: AsyncIterable<Uint8Array>, sha256: Buffer): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  for await (const piece of bytes) {
    digest.update(piece);
    yield piece;
  }
  if (!digest.digest().equals(sha256))
    throw new DocumentDamaged('A document that was to be moved is not what its row says; it may have been removed.');
}

/** Removes the objects of documents that were removed. Answers how many. */
export async function removeObjects({ db, bucket }: DocumentPlace): Promise<number> {
  if (bucket === undefined) return 0;
  let removed = 0;
  for (;;) {
    const rows = await db.selectFrom('removed_object').select('key').orderBy('key').limit(OBJECTS_AT_ONCE).execute();
    for (const { key } of rows) {
      await bucket.store.remove(`${bucket.prefix}${key}`);
      await db.deleteFrom('removed_object').where('key', '=', key).execute();
      removed += 1;
    }
    if (rows.length < OBJECTS_AT_ONCE) return removed;
  }
}

/**
 * Removes objects below the prefix, older than a day, that no document names: of a node that died between the
 * object and its row. Answers how many.
 */
export async function sweepObjects({ db, bucket }: DocumentPlace, now: Date): Promise<number> {
  if (bucket === undefined) return 0;
  const before = now.getTime() - LOOSE_HOURS * 3_600_000;
  let removed = 0;
  let page: { key: string; organizationId: string; id: string }[] = [];
  const sweepPage = async () => {
    const { rows } = await sql<{ key: string }>`
      select asked.key from unnest(${page.map(({ key }) => key)}::text[], ${page.map(({ organizationId }) => organizationId)}::uuid[],
        ${page.map(({ id }) => id)}::uuid[]) as asked (key, organization_id, id)
      where not exists (select from document d where d.organization_id = asked.organization_id and d.id = asked.id)`.execute(db);
    page = [];
    for (const { key } of rows) {
      await bucket.store.remove(key);
      removed += 1;
    }
  };
  for await (const { key, modifiedAt } of bucket.store.list(bucket.prefix)) {
    const [, organizationId, id] = /^([0-9a-f-]{36})\/([0-9a-f-]{36})$/.exec(key.slice(bucket.prefix.length)) ?? [];
    if (organizationId === undefined || id === undefined || modifiedAt.getTime() > before) continue;
    page.push({ key, organizationId, id });
    if (page.length === 1_000) await sweepPage();
  }
  if (page.length > 0) await sweepPage();
  return removed;
}
