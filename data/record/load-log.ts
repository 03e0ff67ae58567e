import { HoldfastError } from '@holdfast/api';
import { type Checkpoint, CheckpointError, consistencyProof, verifyCheckpoint, verifyConsistency } from '@holdfast/audit';
import { type Database, tileReader } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import type { Kysely } from 'kysely';
import type { SigningKey } from '../keys/signing-key.ts';
import { FollowedLog } from './followed-log.ts';
import type { RecordFolder } from './record-folder.ts';
import { RecordStopped } from './record-stopped.ts';
import { readSnapshot } from './snapshot.ts';

/** Of the newest checkpoints in the database: rows that no node has signed are passed over. */
const SHARED_LOOKED_AT = 20;

export interface RecordDependencies {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly signingKey: SigningKey;
  readonly folder: RecordFolder;
  readonly logger: Logger;
}

/** A checkpoint of this data plane with the note that says it. */
export interface SignedHead {
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/** What is known of a log before any entry is read: from this node's folder, and from checkpoints. */
export interface LogLoader {
  /**
   * From the snapshot, if there is a good one and it is wanted, else from the beginning.
   *
   * @throws RecordStopped `record_deleted`, `record_checkpoint_invalid`.
   */
  load(organizationId: string, fromSnapshot?: boolean): Promise<FollowedLog>;
  /**
   * This node's own head: the checkpoint up to which it has verified, from its folder.
   *
   * @throws RecordStopped `record_checkpoint_invalid`.
   */
  signed(organizationId: string): Promise<SignedHead | undefined>;
  /**
   * What any data plane has signed and put into the database. One that another wrote there does not count.
   */
  newestShared(organizationId: string, ownEpoch: number | undefined): Promise<Checkpoint | undefined>;
}

export function createLogLoader({ db, instanceId, signingKey, folder, logger }: RecordDependencies): LogLoader {
  const ownKey = signingKey.publicKey.toString('base64url');

  async function signed(organizationId: string): Promise<SignedHead | undefined> {
    const note = await folder.read(organizationId, 'checkpoint');
    if (note === undefined) return undefined;
    try {
      const checkpoint = verifyCheckpoint(note, ownKey);
      if (checkpoint.organizationId !== organizationId || checkpoint.instanceId !== instanceId) {
        throw new CheckpointError('It is of another log.');
      }
      return { checkpoint, note };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      throw new RecordStopped('record_checkpoint_invalid', `The checkpoint that the data plane keeps cannot be trusted. ${error.message}`);
    }
  }

  async function newestShared(organizationId: string, ownEpoch: number | undefined): Promise<Checkpoint | undefined> {
    const rows = await db
      .selectFrom('checkpoint')
      .select('note')
      .where('organization_id', '=', organizationId)
      .orderBy('size', 'desc')
      .limit(SHARED_LOOKED_AT)
      .execute();
    if (rows.length === 0) return undefined;
    const { epoch } = await db.selectFrom('instance').select('epoch').executeTakeFirstOrThrow();
    for (const { note } of rows) {
      try {
        const checkpoint = verifyCheckpoint(note, ownKey);
        const ofThisLog = checkpoint.organizationId === organizationId && checkpoint.instanceId === instanceId;
        if (ofThisLog && checkpoint.epoch === Math.max(epoch, ownEpoch ?? 0)) return checkpoint;
      } catch {
        // Somebody else wrote it; one below may be ours.
      }
    }
    return undefined;
  }

  return {
    signed,
    newestShared,
    async load(organizationId, fromSnapshot = true) {
      if (await folder.isDeleted(organizationId)) throw new RecordStopped('record_deleted', 'The organization was deleted.');
      const own = await signed(organizationId);
      const text = fromSnapshot ? await folder.read(organizationId, 'snapshot') : undefined;
      const snapshot = text === undefined ? undefined : readSnapshot(text, organizationId, signingKey);
      if (text !== undefined && snapshot === undefined) logEvent(logger, 'record.snapshot_unusable', { organizationId });
      const accepted = await folder.read(organizationId, 'accepted');
      const shared = await newestShared(organizationId, own?.checkpoint.epoch);
      return new FollowedLog(organizationId, snapshot, {
        instanceId,
        signingKey: ownKey,
        signed: [own?.checkpoint, shared].filter((checkpoint) => checkpoint !== undefined),
        acceptedUpTo: accepted === undefined ? 0 : (JSON.parse(accepted) as { upTo: number }).upTo,
      });
    },
  };
}

/** Whether the log that was followed extends a checkpoint, by a proof from what is stored, or will be. */
export async function extendsCheckpoint(db: Kysely<Database>, log: FollowedLog, shared: Checkpoint): Promise<boolean> {
  // Of one moment: others may read on while the proof is made.
  const head = { size: log.size, root: log.root() };
  const tiles = tileReader(db, log.organizationId, head.size, log.filledTiles());
  try {
    const proof = await consistencyProof(shared.size, head.size, tiles);
    return verifyConsistency(shared, head, proof);
  } catch (error) {
    // A tile is missing or cut short.
    if (error instanceof RangeError || error instanceof HoldfastError) return false;
    throw error;
  }
}
