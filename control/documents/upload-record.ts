import { documentsDetail } from '@holdfast/audit';
import { type Database, locking, transaction } from '@holdfast/db/control';
import type { RequestOrigin } from '@holdfast/endpoints';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { recordAs } from '../audit/record.ts';

/** Uploads of one person to one project within this time are one event. */
const GATHERED_MILLISECONDS = 2_000;
/** In one event; more make another. */
const DOCUMENTS_AT_ONCE = 10_000;

export interface UploadPlace {
  readonly organizationId: string;
  readonly projectId: string;
  /** Of the actor who uploaded. */
  readonly actorId: string | null;
}

/**
 * Puts uploads on the record, many at a time: an upload waits for no lock, and ten thousand of them do not
 * make as many events.
 */
export interface UploadRecord {
  /** The document is stored; it is on the record soon, or after the next start. */
  note(place: UploadPlace, origin: RequestOrigin): void;
  /** Records what a process that was killed has left. */
  recover(): Promise<void>;
  /** Records what was noted, and takes no more. */
  close(): Promise<void>;
}

export function createUploadRecord(db: Kysely<Database>, logger: Logger): UploadRecord {
  const noted = new Map<string, { readonly place: UploadPlace; readonly origin: RequestOrigin; readonly timer: NodeJS.Timeout }>();
  const underWay = new Set<Promise<void>>();

  function flush(key: string): void {
    const entry = noted.get(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    noted.delete(key);
    const work = recordUploads(db, entry.place, entry.origin).catch((error: unknown) => {
      // They stay marked as not recorded, and are taken along by the next upload or start.
      logEvent(logger, 'upload.not_recorded', { error });
    });
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  return {
    note(place, origin) {
      const key = Object.values(place).join(' ');
      if (!noted.has(key)) noted.set(key, { place, origin, timer: setTimeout(flush, GATHERED_MILLISECONDS, key) });
    },
    async recover() {
      const { rows } = await sql<UploadPlace>`
        select distinct organization_id as "organizationId", project_id as "projectId", created_by ->> 'id' as "actorId"
        from document where not recorded and created_at < now() - interval '1 minute'`.execute(db);
      for (const place of rows) await recordUploads(db, place, { ip: 'unknown', userAgent: undefined, requestId: 'recovered' });
    },
    async close() {
      for (const key of [...noted.keys()]) flush(key);
      await Promise.all(underWay);
    },
  };
}

async function recordUploads(
  db: Kysely<Database>,
  { organizationId, projectId, actorId }: UploadPlace,
  origin: RequestOrigin,
): Promise<void> {
  for (let count = DOCUMENTS_AT_ONCE; count === DOCUMENTS_AT_ONCE; ) {
    count = await transaction(db, async (tx) => {
      locking(tx, 'documents');
      const documents = await tx
        .selectFrom('document')
        .select(['id', 'size', 'sha256', 'created_by'])
        .where('organization_id', '=', organizationId)
        .where('project_id', '=', projectId)
        .where(sql<boolean>`created_by ->> 'id' is not distinct from ${actorId}`)
        .where('recorded', '=', false)
        .orderBy('id')
        .limit(DOCUMENTS_AT_ONCE)
        .forUpdate()
        .execute();
      const [first] = documents;
      if (first === undefined) return 0;
      const ids = documents.map(({ id }) => id);
      await tx
        .updateTable('document')
        .set({ recorded: true })
        .where('organization_id', '=', organizationId)
        .where(sql<boolean>`id = any(${ids}::uuid[])`)
        .execute();
      const project = await tx
        .selectFrom('project')
        .select('name')
        .where('organization_id', '=', organizationId)
        .where('id', '=', projectId)
        .executeTakeFirst();
      const target = { kind: 'project', id: projectId, name: project?.name ?? '' };
      const context = { project: target.name };
      await recordAs(tx, organizationId, first.created_by, origin, {}, [
        { action: 'document.upload', target, context, detail: documentsDetail(documents) },
      ]);
      return documents.length;
    });
  }
}
