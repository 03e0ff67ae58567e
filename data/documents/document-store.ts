import type { DocumentPlace } from './bucket.ts';
import { discardDocument, discardUntaken } from './discard-document.ts';
import { readDocument } from './read-document.ts';
import { inOnePiece } from './small-documents.ts';
import { type DocumentLimits, type NewDocument, storeInBucket, storeInDatabase } from './store-document.ts';

export interface StoredDocument {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  read(): AsyncIterable<Uint8Array>;
}

/** The documents of runs, wherever they lie. */
export interface DocumentStore extends DocumentPlace {
  /**
   * Stores a document that a run made or read, as it comes. It belongs to the run and is removed with the
   * run's other documents.
   *
   * @throws HoldfastError `document_unsupported` for one that is too large, `document_quota_exceeded` for
   *   one beyond what the organization may keep; ConnectorError, of the bucket; and what `body` throws.
   */
  store(document: NewDocument, body: AsyncIterable<Uint8Array>): Promise<StoredDocument>;
  /** The bytes of a document that is stored; throws as `readDocument` does. */
  read(organizationId: string, document: Pick<StoredDocument, 'id' | 'size'>): AsyncIterable<Uint8Array>;
  /** Removes a document that nothing refers to. */
  discard(organizationId: string, id: string): Promise<void>;
  /** The same of a document that waits for a run, unless one has taken it. */
  discardUntaken(organizationId: string, id: string): Promise<void>;
}

/** @param options.bucket `undefined`: all of them lie in the database. */
export function createDocumentStore({ limits, ...place }: DocumentPlace & { readonly limits: DocumentLimits }): DocumentStore {
  const { db, bucket } = place;
  const read: DocumentStore['read'] = (organizationId, document) =>
    document.size === 0 ? inOnePiece(Buffer.alloc(0)) : readDocument(place, organizationId, document);
  return {
    db,
    bucket,
    read,
    async store(document, body) {
      const { id, size, sha256, small } = await (bucket === undefined
        ? storeInDatabase(db, limits, document, body)
        : storeInBucket(db, bucket, limits, document, body));
      const { organizationId, name, contentType } = document;
      return {
        id,
        name,
        contentType,
        size,
        sha256: sha256.toString('hex'),
        read: () => (small === undefined ? read(organizationId, { id, size }) : inOnePiece(small)),
      };
    },
    discard: (organizationId, id) => discardDocument(db, organizationId, id),
    discardUntaken: (organizationId, id) => discardUntaken(db, organizationId, id),
  };
}
