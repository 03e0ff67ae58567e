import { join } from 'node:path';
import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { uuidToBytes } from '@holdfast/envelope';
import { createDiskCheck } from '@holdfast/service';
import { CompiledQuery, type Kysely } from 'kysely';
import type { ControlSettings } from '../config.ts';

/**
 * Its parameters are the row; see `copyIn` in db/copy-bytes.ts. It does not wait for the disk: the log is
 * written in order, so the document's own row, which does, takes its chunks there with it.
 */
const INSERT_CHUNK =
  'set local synchronous_commit to off; copy document_chunk (organization_id, document_id, number, bytes) from stdin (format binary)';

/** Whether there is room for documents: on the disk, and in an organization's quota. */
export interface DocumentRoom {
  /** Throws `payload_too_large` for a document of so many bytes. */
  requireSize(bytes: number): void;
  /** Throws `storage_full` when less is free on the disk than is kept for everything else. */
  requireDisk(): Promise<void>;
  /** Throws `document_quota_exceeded` when so many bytes more do not fit the organization's quota. */
  requireQuota(organizationId: string, bytes: number): Promise<void>;
  /**
   * Stores a chunk if it fits. Uploads side by side may each be a chunk over. It is on the disk as soon as
   * something is that was committed later, as the document's row is. Throws `document_quota_exceeded`.
   */
  insertChunk(chunk: { organizationId: string; documentId: string; number: number; bytes: Buffer }): Promise<void>;
}

type RoomSettings = 'home' | 'diskReserve' | 'documentQuotaBytes' | 'documentMaximumBytes';

export function createDocumentRoom(
  db: Kysely<Database>,
  { home, diskReserve, documentQuotaBytes, documentMaximumBytes }: Pick<ControlSettings, RoomSettings>,
): DocumentRoom {
  // Our own subfolder of the home is the only one that this process may look at.
  const hasRoomOnDisk = createDiskCheck(join(home, 'control'), diskReserve);
  const quotaExceeded = () =>
    new HoldfastError('document_quota_exceeded', `The organization may keep ${inWords(documentQuotaBytes)} of documents.`);
  const room: DocumentRoom = {
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
      await room.requireQuota(organizationId, bytes.length);
      const place = Buffer.alloc(4);
      place.writeInt32BE(number);
      const fields = [uuidToBytes(organizationId), uuidToBytes(documentId), place, bytes];
      await db.executeQuery(CompiledQuery.raw(INSERT_CHUNK, fields));
    },
  };
  return room;
}

function inWords(bytes: number): string {
  const gibibytes = bytes / 1024 ** 3;
  return gibibytes >= 1 ? `${Math.round(gibibytes * 10) / 10} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
