import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import type { DiskReserve } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import type { ControlSettings } from '../config.ts';

/**
 * The disk is asked at most this often. Meanwhile uploads write a few hundred MiB at most, which the reserve
 * can bear.
 */
const DISK_ASKED_MILLISECONDS = 250;

/** Whether there is room for documents: on the disk, and in an organization's quota. */
export interface DocumentRoom {
  /** Throws `payload_too_large` for a document of so many bytes. */
  requireSize(bytes: number): void;
  /** Throws `storage_full` when less is free on the disk than is kept for everything else. */
  requireDisk(): Promise<void>;
  /** Throws `document_quota_exceeded` when so many bytes more do not fit the organization's quota. */
  requireQuota(organizationId: string, bytes: number): Promise<void>;
  /**
   * Stores a chunk if it fits. Uploads side by side may each be a chunk over. Throws
   * `document_quota_exceeded`.
   */
  insertChunk(chunk: { organizationId: string; documentId: string; number: number; bytes: Buffer }): Promise<void>;
}

type RoomSettings = 'home' | 'diskReserve' | 'documentQuotaBytes' | 'documentMaximumBytes';

export function createDocumentRoom(
  db: Kysely<Database>,
  { home, diskReserve, documentQuotaBytes, documentMaximumBytes }: Pick<ControlSettings, RoomSettings>,
): DocumentRoom {
  const hasRoomOnDisk = createDiskCheck(home, diskReserve);
  const quotaExceeded = () =>
    new HoldfastError('document_quota_exceeded', `The organization may keep ${inWords(documentQuotaBytes)} of documents.`);
  return {
    requireSize(bytes) {
      if (bytes <= documentMaximumBytes) return;
      throw new HoldfastError('payload_too_large', `A document has at most ${inWords(documentMaximumBytes)}.`);
    },
    async requireDisk() {
      if (!(await hasRoomOnDisk())) throw new HoldfastError('storage_full');
    },
    async requireQuota(organizationId, bytes) {
      const usage = await db.selectFrom('document_usage').select('bytes').where('organization_id', '=', organizationId).executeTakeFirst();
      if ((usage?.bytes ?? 0) + bytes > documentQuotaBytes) throw quotaExceeded();
    },
    async insertChunk({ organizationId, documentId, number, bytes }) {
      const { numAffectedRows } = await sql`
        insert into document_chunk (organization_id, document_id, number, bytes)
        select ${organizationId}::uuid, ${documentId}::uuid, ${number}::integer, ${bytes}::bytea
        where ${bytes.length}::bigint + coalesce((select u.bytes from document_usage u where u.organization_id = ${organizationId}), 0)
          <= ${documentQuotaBytes}::bigint`.execute(db);
      if (numAffectedRows !== 1n) throw quotaExceeded();
    },
  };
}

/** Of our own subfolder of the home, which is the only one that this process may look at. */
function createDiskCheck(home: string, reserve: DiskReserve): () => Promise<boolean> {
  if ('bytes' in reserve ? reserve.bytes === 0 : reserve.percent === 0) return async () => true;
  const folder = join(home, 'control');
  let asked = Number.NEGATIVE_INFINITY;
  let answer = Promise.resolve(true);
  return () => {
    if (performance.now() - asked < DISK_ASKED_MILLISECONDS) return answer;
    asked = performance.now();
    answer = statfs(folder).then(({ bavail, blocks, bsize }) => {
      const kept = 'bytes' in reserve ? reserve.bytes : (blocks * bsize * reserve.percent) / 100;
      return bavail * bsize >= kept;
    });
    return answer;
  };
}

function inWords(bytes: number): string {
  const gibibytes = bytes / 1024 ** 3;
  return gibibytes >= 1 ? `${Math.round(gibibytes * 10) / 10} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
