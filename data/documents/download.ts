import { Readable } from 'node:stream';
import { type downloadFromBucket, HoldfastError, SLUG_PATTERN } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { type Actor, appendAudit, type Database, hashToken, type InstanceClock, transaction } from '@holdfast/db/data';
import {
  type Answered,
  attachmentHeaders,
  type Call,
  createConcurrencyLimit,
  type RequestOrigin,
  TIME_LIMITS,
  timeAnswer,
} from '@holdfast/endpoints';
import { type Kysely, sql } from 'kysely';
import type { DocumentStore } from './document-store.ts';

/** Each holds a connection to the bucket, and some MiB. */
const AT_ONCE = 32;
const OF_AN_ORGANIZATION = 8;
/** Of a download, while it waits for the client: 16 KiB/s. */
const PACE = { windowSeconds: 30, minimumBytes: 30 * 16 * 1_024 } as const;

interface DownloadDependencies {
  readonly db: Kysely<Database>;
  readonly clock: Pick<InstanceClock, 'now'>;
  readonly documents: Pick<DocumentStore, 'read'>;
  /** @throws HoldfastError `rate_limited` */
  readonly admit: (origin: RequestOrigin) => void;
}

interface HandedOut {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

type Download = typeof downloadFromBucket;

/**
 * Answers a member whom the control plane has led here with a ticket: the document, once. It is on the record
 * before its first byte leaves. See docs/decisions/0054-a-download-from-the-bucket-has-a-ticket.md.
 */
export function createDownload({
  db,
  clock,
  documents,
  admit,
}: DownloadDependencies): (call: Call<Download>) => Promise<Answered<Download>> {
  const downloads = createConcurrencyLimit('documents are being downloaded', AT_ONCE);
  return async ({ params, origin, reply }) => {
    admit(origin);
    const giveBack = downloads.take({ [params.organization]: OF_AN_ORGANIZATION });
    timeAnswer(reply.raw, { ...TIME_LIMITS, ...PACE });
    try {
      const document = await redeem({ db, clock }, params, origin);
      const bytes = exactly(document.size, documents.read(document.organizationId, document));
      // A bucket that does not answer is said, instead of a file that breaks off.
      const first = await bytes.next().catch((error: unknown) => {
        if (!(error instanceof ConnectorError)) throw error;
        throw new HoldfastError('document_in_bucket', error.message, { ...(error.remedy && { remedy: error.remedy }), cause: error });
      });
      const body = Readable.from(startingWith(first, bytes), { objectMode: false });
      body.once('close', giveBack);
      reply.headers(attachmentHeaders(document));
      return { status: 200, body };
    } catch (error) {
      giveBack();
      throw error;
    }
  };
}

/** @throws HoldfastError `not_found`, whatever is wrong with the ticket. */
async function redeem(
  { db, clock }: Pick<DownloadDependencies, 'db' | 'clock'>,
  { organization: slug, ticket }: { readonly organization: string; readonly ticket: string },
  { ip, requestId }: RequestOrigin,
): Promise<HandedOut> {
  const now = await clock.now();
  const document = !SLUG_PATTERN.test(slug)
    ? undefined
    : await transaction(db, async (tx): Promise<HandedOut | undefined> => {
        const { rows } = await sql<HandedOut & { actor: Actor; context: Record<string, string>; expiresAt: Date; valid: boolean }>`
          select d.organization_id as "organizationId", d.id, d.name, d.size::float8 as size,
            t.actor, t.context, t.expires_at as "expiresAt", t.valid
          from auth.organization o
          cross join lateral redeem_document_ticket(o.id, ${hashToken(ticket)}) t
          join document d on d.organization_id = o.id and d.id = t.document_id
          where o.slug = ${slug}
            and not exists (select from organization_deletion x where x.organization_id = o.id and x.begun_at is not null)`.execute(tx);
        const [row] = rows;
        if (row === undefined || !row.valid || row.expiresAt <= now) return undefined;
        const { organizationId, id, name, size } = row;
        await appendAudit(tx, organizationId, [
          {
            action: 'document.download',
            actor: row.actor,
            outcome: 'success',
            target: { kind: 'document', id, name },
            context: { ...row.context, ip, requestId },
            detail: { bytes: size },
          },
        ]);
        return { organizationId, id, name, size };
      });
  if (document !== undefined) return document;
  throw new HoldfastError('not_found', 'This address was used before, or is over.', {
    remedy: 'Start the download again, where you started it: each makes an address of its own.',
  });
}

/** Removes tickets that nobody used. */
export async function sweepTickets(db: Kysely<Database>, now: Date): Promise<void> {
  await db.deleteFrom('document_ticket').where('expires_at', '<', now).execute();
}

/** Ends with an error when there are fewer bytes, so that nobody takes a part for the document. */
async function* exactly(size: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let sent = 0;
  for await (const piece of bytes) {
    sent += piece.length;
    yield piece;
  }
  if (sent !== size) throw new Error('A document in the bucket does not have the size that its row says.');
}

async function* startingWith(first: IteratorResult<Uint8Array, undefined>, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
