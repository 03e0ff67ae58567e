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

/** Where documents lie: in the database and, when the operator has set one, in a bucket. */
export interface DocumentPlace {
  readonly db: Kysely<Database>;
  readonly bucket: DocumentBucket | undefined;
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
  const ways = egress.open([settings.destination], { ...redactor, refuseIn: passThrough }).under(new AbortController().signal);
  return { prefix: settings.prefix, store: createObjectStore(settings, { fetch: ways.fetch, fetchDocument: ways.fetchDocument }) };
}

async function* passThrough(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}
