import { join } from 'node:path';
import { HoldfastError } from '@holdfast/api';
import { type Database, fitsDocumentQuota, insertChunk } from '@holdfast/db/control';
import { createDiskCheck } from '@holdfast/service';
import type { Kysely } from 'kysely';
import type { ControlSettings } from '../config.ts';

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
  const room: DocumentRoom = {
    requireSize(bytes) {
      if (bytes <= documentMaximumBytes) return;
      throw new HoldfastError('payload_too_large', `A document has at most ${inWords(documentMaximumBytes)}.`);
    },
    async requireDisk() {
      if (!(await hasRoomOnDisk())) throw new HoldfastError('storage_full');
    },
    async requireQuota(organizationId, bytes) {
      if (await fitsDocumentQuota(db, organizationId, bytes, documentQuotaBytes)) return;
      throw new HoldfastError('document_quota_exceeded', `The organization may keep ${inWords(documentQuotaBytes)} of documents.`);
    },
    async insertChunk(chunk) {
      await room.requireQuota(chunk.organizationId, chunk.bytes.length);
      await insertChunk(db, chunk);
    },
  };
  return room;
}

function inWords(bytes: number): string {
  const gibibytes = bytes / 1024 ** 3;
  return gibibytes >= 1 ? `${Math.round(gibibytes * 10) / 10} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
