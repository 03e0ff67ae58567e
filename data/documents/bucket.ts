import { ConnectorError } from '@holdfast/connector';
import type { ObjectStore } from '@holdfast/connector-s3/object-store';
import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { createEgress, type EgressOptions } from '../egress/egress.ts';
import { createRedactor } from '../egress/redaction.ts';
import type { BucketSettings } from './bucket-settings.ts';

/** The bucket that documents lie in: organization/document, below the operator's prefix. */
export interface DocumentBucket {
  readonly store: ObjectStore;
  readonly prefix: string;
}

/** By the database whose documents they are: every reader and writer of documents has that. */
const BUCKETS = new WeakMap<Kysely<Database>, DocumentBucket>();

/** From now on documents of this database are stored in the bucket. */
export function keepDocumentsIn(db: Kysely<Database>, bucket: DocumentBucket): void {
  BUCKETS.set(db, bucket);
}

export function bucketOf(db: Kysely<Database>): DocumentBucket | undefined {
  return BUCKETS.get(db);
}

export function objectKey({ prefix }: Pick<DocumentBucket, 'prefix'>, organizationId: string, documentId: string): string {
  return `${prefix}${organizationId}/${documentId}`;
}

/**
 * The operator's bucket, through the egress. The setting that names it allows its address, private or not,
 * and no other.
 */
export async function openBucket(settings: BucketSettings, options: EgressOptions): Promise<DocumentBucket> {
  const { createObjectStore } = await import('@holdfast/connector-s3/object-store');
  const { host, port } = settings;
  const allows = (asked: string, askedPort: number) => asked === host && askedPort === port;
  const egress = createEgress({ allows, of: () => ({ allows }), namesSlugs: false }, options);
  const redactor = createRedactor();
  redactor.protect(settings.secretAccessKey);
  // Documents come as they are: no service has the key that it could write into one (decision 71).
  const ways = egress.open([settings.destination], { ...redactor, refuseIn: asTheyAre }).under(new AbortController().signal);
  return { prefix: settings.prefix, store: createObjectStore(settings, { fetch: ways.fetch, fetchDocument: ways.fetchDocument }) };
}

async function* asTheyAre(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}

/** The rest of a document, from a byte on. */
export async function* readFromBucket(
  db: Kysely<Database>,
  organizationId: string,
  documentId: string,
  from: number,
): AsyncGenerator<Uint8Array> {
  const row = await db
    .selectFrom('document')
    .select(['in_bucket', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', documentId)
    .executeTakeFirst();
  // Removed meanwhile: who reads it finds that it is too short.
  if (row === undefined || !row.in_bucket) return;
  const bucket = bucketOf(db);
  if (bucket === undefined) {
    throw new ConnectorError('upstream_not_found', `“${row.name}” lies in a bucket, and this data plane has none.`, {
      remedy: 'Ask the operator to set HOLDFAST_DOCUMENTS_BUCKET again: documents that were stored in it stay there.',
    });
  }
  yield* bucket.store.read(objectKey(bucket, organizationId, documentId), from);
}
