import { type Checkpoint, formatCheckpoint, type Tile } from '@holdfast/audit';
import type { Database } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { SigningKey } from '../keys/signing-key.ts';
import { repeat } from '../repeat.ts';
import { acceptWhenAsked } from './accept-record.ts';
import type { FollowedLog } from './followed-log.ts';
import type { RecordFollower } from './follower.ts';
import type { RecordFolder } from './record-folder.ts';
import { RecordStopped } from './record-stopped.ts';
import { writeSnapshot } from './snapshot.ts';

/** A log that has grown is signed after this time at the latest … */
const INTERVAL_MILLISECONDS = 60_000;
/** … and earlier when this many entries came in between. */
const ENTRIES = 1_000;
const LOOK_SECONDS = 5;
/** Each log is read again as a whole once in this time. */
const REREAD_MILLISECONDS = 24 * 60 * 60 * 1_000;
/** So many entries are read again, at the most, when a log is loaded. */
const SNAPSHOT_ENTRIES = 2_000;
const TILES_AT_ONCE = 100;

export interface SignerDependencies {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly signingKey: SigningKey;
  readonly folder: RecordFolder;
  readonly follower: RecordFollower;
  readonly logger: Logger;
}

export interface Signer {
  /** Follows every log that has grown and signs it. Answers how many were signed. */
  signAll(): Promise<number>;
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

interface Signed {
  readonly checkpoint: Checkpoint;
  /** By a clock that never goes back. */
  readonly at: number;
  readonly snapshotSize: number;
}

/**
 * Signs how far every log has come: a checkpoint every minute, or every 1,000 entries, for each organization whose log has grown. Only a
 * log that was followed is signed, and following it has passed through the checkpoint before, so that no two of them contradict each
 * other (c2sp.org/tlog-checkpoint). Each goes into the data plane's folder first, and is then shown in the database.
 */
export function startSigner(dependencies: SignerDependencies): Signer {
  const { db, instanceId, signingKey, folder, follower, logger } = dependencies;
  const signed = new Map<string, Signed>();
  const reread = new Map<string, number>();

  async function round(due: (grown: number, since: number) => boolean): Promise<number> {
    const heads = await db.selectFrom('audit_head').select(['organization_id', 'sequence']).execute();
    const sizes = new Map(heads.map((head) => [head.organization_id, head.sequence]));
    // What was signed and is not in the database at all was taken out of it.
    const gone = await deletedOnes();
    for (const organizationId of await folder.organizations()) {
      if (sizes.has(organizationId)) continue;
      if (gone.has(organizationId)) await forgetDeleted(organizationId);
      else sizes.set(organizationId, 0);
    }
    let count = 0;
    for (const [organizationId, size] of sizes) {
      try {
        if (await acceptWhenAsked(dependencies, organizationId)) signed.delete(organizationId);
        const last = await lastSigned(organizationId);
        const since = last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.at;
        const grown = size - (last?.checkpoint.size ?? 0);
        // Also when nothing is due to be signed: what was followed cannot be cut off unnoticed.
        if (grown !== 0) await follower.follow(organizationId);
        if (due(grown, since) && (await sign(organizationId, last))) count += 1;
      } catch (error) {
        report(error, organizationId);
      }
    }
    await rereadOne([...sizes.keys()]);
    await showStopped();
    return count;
  }

  async function deletedOnes(): Promise<Set<string>> {
    return new Set((await db.selectFrom('deleted_organization').select('id').execute()).map(({ id }) => id));
  }

  async function forgetDeleted(organizationId: string): Promise<void> {
    await follower.deleted(organizationId);
    await sql`select remove_rest_of_deleted(${organizationId})`.execute(db);
    signed.delete(organizationId);
    reread.delete(organizationId);
    logger.info({ organization: organizationId }, 'organization deleted, its checkpoints are set aside');
  }

  /** One log a round, so that signing does not wait for long ones. */
  async function rereadOne(organizationIds: readonly string[]): Promise<void> {
    const now = performance.now();
    const due = organizationIds.find((id) => now - (reread.get(id) ?? Number.NEGATIVE_INFINITY) >= REREAD_MILLISECONDS);
    if (due === undefined) return;
    reread.set(due, now);
    await follower.reread(due);
  }

  async function lastSigned(organizationId: string): Promise<Signed | undefined> {
    const known = signed.get(organizationId);
    if (known !== undefined) return known;
    const found = await follower.signed(organizationId);
    if (found === undefined) return undefined;
    const last = { checkpoint: found.checkpoint, at: performance.now() - INTERVAL_MILLISECONDS, snapshotSize: 0 };
    signed.set(organizationId, last);
    return last;
  }

  async function sign(organizationId: string, last: Signed | undefined): Promise<boolean> {
    const log = await follower.follow(organizationId);
    if (log.size === 0 || log.size === last?.checkpoint.size) return false;
    const { epoch } = await db.selectFrom('instance').select('epoch').executeTakeFirstOrThrow();
    // From here to the snapshot's text nothing is waited for, so that all of it is of one moment.
    // Never before the one before: a clock that was set back must not make a sound log look rolled back.
    const time = new Date(Math.max(Date.now(), last === undefined ? 0 : Date.parse(last.checkpoint.time)));
    const checkpoint = { instanceId, organizationId, epoch, size: log.size, root: log.root(), time: time.toISOString() };
    const tiles = log.takeFilledTiles();
    const takeSnapshot = log.size - (last?.snapshotSize ?? 0) >= SNAPSHOT_ENTRIES || last === undefined;
    const frozen = takeSnapshot ? freeze(log) : undefined;
    const note = await formatCheckpoint(checkpoint, signingKey);
    await folder.append(organizationId, 'checkpoints', `${note}\n`);
    await folder.replace(organizationId, 'checkpoint', note);
    if (frozen !== undefined) await folder.replace(organizationId, 'snapshot', writeSnapshot(frozen, note, signingKey));
    signed.set(organizationId, {
      checkpoint,
      at: performance.now(),
      snapshotSize: frozen === undefined ? (last?.snapshotSize ?? 0) : checkpoint.size,
    });
    await publish(organizationId, tiles, { size: checkpoint.size, time, note });
    return true;
  }

  /** Into the database, for everybody who wants to verify. */
  async function publish(
    organizationId: string,
    tiles: readonly Tile[],
    checkpoint: { size: number; time: Date; note: string },
  ): Promise<void> {
    for (let at = 0; at < tiles.length; at += TILES_AT_ONCE) {
      await db
        .insertInto('audit_tile')
        .values(tiles.slice(at, at + TILES_AT_ONCE).map((tile) => ({ organization_id: organizationId, ...tile })))
        .onConflict((conflict) =>
          conflict.columns(['organization_id', 'level', 'index']).doUpdateSet((row) => ({ hashes: row.ref('excluded.hashes') })),
        )
        .execute();
    }
    await db
      .insertInto('checkpoint')
      .values({ organization_id: organizationId, ...checkpoint })
      .onConflict((conflict) => conflict.columns(['organization_id', 'size']).doNothing())
      .execute();
    await sql`
      insert into record_state (organization_id, size, verified_at) values (${organizationId}, ${checkpoint.size}, now())
      on conflict (organization_id) do update
      set size = excluded.size, verified_at = excluded.verified_at, stopped_since = null, code = null, reason = null`.execute(db);
  }

  async function showStopped(): Promise<void> {
    const stopped = follower.stopped();
    for (const [organizationId, { code, message }] of stopped) {
      await sql`
        insert into record_state (organization_id, size, stopped_since, code, reason)
        values (${organizationId}, 0, now(), ${code}, ${message})
        on conflict (organization_id) do update
        set stopped_since = coalesce(record_state.stopped_since, now()), code = excluded.code, reason = excluded.reason`.execute(db);
    }
    await db
      .updateTable('record_state')
      .set({ stopped_since: null, code: null, reason: null })
      .where('stopped_since', 'is not', null)
      .where((where) => (stopped.size === 0 ? where.lit(true) : where('organization_id', 'not in', [...stopped.keys()])))
      .execute();
  }

  function report(error: unknown, organizationId: string): void {
    // A record that does not verify has been logged by the follower, once.
    if ((error as { code?: unknown }).code === 'record_stopped' || error instanceof RecordStopped) return;
    // Deleted since the heads were read: the next round sets aside what is here.
    if ((error as { code?: unknown }).code === 'not_found') return;
    logger.error({ organization: organizationId, message: (error as Error).message }, 'checkpoint not signed');
  }

  const isDue = (grown: number, since: number) => grown >= ENTRIES || (grown > 0 && since >= INTERVAL_MILLISECONDS);
  const rounds = repeat(
    LOOK_SECONDS,
    () => round(isDue),
    (error) => logger.error({ message: (error as Error).message }, 'record not checked'),
  );
  return {
    signAll: () => round((grown) => grown > 0),
    stop: () => rounds.stop(),
  };
}

/** A copy of what a snapshot holds: the log goes on while the snapshot is written. */
function freeze(log: FollowedLog) {
  return {
    levels: log.levels(),
    latestTime: log.latestTime,
    lastHash: log.lastHash,
    secrets: [...log.statements.secrets],
    components: [...log.statements.components],
    tests: [...log.statements.tests],
  };
}
