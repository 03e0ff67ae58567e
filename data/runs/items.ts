import { createHash } from 'node:crypto';
import type { Failure } from '@holdfast/api';
import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

/** A document that waits to be published. */
export interface WaitingItem {
  readonly id: string;
  readonly documentId: string | null;
  /** As people named it. */
  readonly name: string;
  /** The name to publish under, in NFC: unique in the run unless the bytes are the same. */
  readonly publishName: string;
  readonly contentType: string;
  readonly size: number;
  /** Lower-case hex; `undefined` for a document of a folder, which has to be read for it. */
  readonly sha256: string | undefined;
}

/** What a process that died was working on waits again. */
export async function returnInterrupted(db: Kysely<Database>, organizationId: string, runId: string): Promise<void> {
  await db
    .updateTable('run_item')
    .set({ status: 'waiting', sent: 0 })
    .where('organization_id', '=', organizationId)
    .where('run_id', '=', runId)
    .where('status', '=', 'running')
    .execute();
}

/** In the order of the run. */
export async function waitingItems(db: Kysely<Database>, organizationId: string, runId: string): Promise<WaitingItem[]> {
  const rows = await db
    .selectFrom('run_item')
    .leftJoin('document', (join) =>
      join.onRef('document.organization_id', '=', 'run_item.organization_id').onRef('document.id', '=', 'run_item.document_id'),
    )
    .select(['run_item.id', 'document_id', 'run_item.name', 'run_item.content_type', 'run_item.size', 'status', 'document.sha256'])
    .where('run_item.organization_id', '=', organizationId)
    .where('run_item.run_id', '=', runId)
    .orderBy('position')
    .execute();
  const digests = new Map<string, Set<string>>();
  /** How the files of a folder spell a name that is one and the same in NFC. */
  const spellings = new Map<string, Set<string>>();
  for (const row of rows) {
    if (row.sha256 !== null) digests.set(row.name, (digests.get(row.name) ?? new Set()).add(row.sha256.toString('hex')));
    if (row.status === 'skipped') continue;
    const composed = row.name.normalize('NFC');
    spellings.set(composed, (spellings.get(composed) ?? new Set()).add(row.name));
  }
  return rows
    .filter((row) => row.status === 'waiting')
    .map((row) => {
      const sha256 = row.sha256?.toString('hex');
      const ambiguous = sha256 !== undefined && (digests.get(row.name)?.size ?? 0) > 1;
      return {
        id: row.id,
        documentId: row.document_id,
        name: row.name,
        publishName: ambiguous ? distinctName(row.name, sha256) : composedName(row.name, spellings),
        contentType: row.content_type,
        size: Number(row.size),
        sha256,
      };
    });
}

/**
 * In NFC, so that a file has one name whichever system it comes from: macOS writes “ü” as two code points. When a folder holds a name in
 * two spellings, the one that is not NFC is told apart by a hash of how it is written.
 */
function composedName(name: string, spellings: ReadonlyMap<string, ReadonlySet<string>>): string {
  const composed = name.normalize('NFC');
  if (name === composed || (spellings.get(composed)?.size ?? 0) < 2) return composed;
  return distinctName(composed, createHash('sha256').update(name).digest('hex'));
}

/** Different documents of the same name in one run are told apart by what they hold, whatever their order. */
function distinctName(name: string, sha256: string): string {
  const [, stem = name, extension = ''] = /^(.*[^/])(\.[^./]{1,16})$/s.exec(name) ?? [];
  return `${stem} (${sha256.slice(0, 8)})${extension}`;
}

/** `undefined` when the item does not wait any more. Answers the number of this attempt. */
export async function claimItem(held: Kysely<Database>, place: ItemPlace): Promise<number | undefined> {
  const row = await held
    .updateTable('run_item')
    .set({ status: 'running', sent: 0, attempts: sql`attempts + 1` })
    .where('organization_id', '=', place.organizationId)
    .where('run_id', '=', place.runId)
    .where('id', '=', place.itemId)
    .where('status', '=', 'waiting')
    .returning('attempts')
    .executeTakeFirst();
  return row?.attempts;
}

export interface ItemPlace {
  readonly organizationId: string;
  readonly runId: string;
  readonly itemId: string;
}

export type ItemResult =
  | { readonly status: 'published' | 'unchanged'; readonly publishedAs: string; readonly size: number }
  | { readonly status: 'failed'; readonly failure: Failure }
  /** Left out: its file cannot be read, or not any more. */
  | { readonly status: 'skipped'; readonly failure: Failure }
  /** To be tried again; the failure is why. */
  | { readonly status: 'waiting'; readonly failure: Failure | null };

export async function settleItem(db: Kysely<Database>, place: ItemPlace, result: ItemResult): Promise<void> {
  await db
    .updateTable('run_item')
    .set({
      status: result.status,
      failure: 'failure' in result && result.failure !== null ? JSON.stringify(result.failure) : null,
      published_as: 'publishedAs' in result ? result.publishedAs : null,
      ...('size' in result && { sent: result.status === 'published' ? result.size : 0 }),
      finished_at: result.status === 'waiting' ? null : sql`now()`,
    })
    .where('organization_id', '=', place.organizationId)
    .where('run_id', '=', place.runId)
    .where('id', '=', place.itemId)
    .where('status', '=', 'running')
    .execute();
}

export async function noteProgress(db: Kysely<Database>, place: ItemPlace, sent: number): Promise<void> {
  await db
    .updateTable('run_item')
    .set({ sent })
    .where('organization_id', '=', place.organizationId)
    .where('run_id', '=', place.runId)
    .where('id', '=', place.itemId)
    .where('status', '=', 'running')
    .execute();
}
