import { DAY_MILLISECONDS } from '@holdfast/api';
import { type Checkpoint, formatCheckpoint, TILE_WIDTH } from '@holdfast/audit';
import type { Database } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { SigningKey } from '../keys/signing-key.ts';
import { LeaseLost, type Term } from '../nodes/lease.ts';
import { repeat } from '../repeat.ts';
import { acceptWhenAsked } from './accept-record.ts';
import type { FollowedLog } from './followed-log.ts';
import type { RecordFollower } from './follower.ts';
import type { RecordFolder } from './record-folder.ts';
import { RecordStopped } from './record-stopped.ts';
import { showCheckpoint, showStopped } from './show-checkpoint.ts';
import { writeSnapshot } from './snapshot.ts';

/** A log that has grown is signed after this time at the latest … */
const INTERVAL_MILLISECONDS = 60_000;
/** … and earlier when this many entries came in between. */
const ENTRIES = 1_000;
const LOOK_SECONDS = 5;
/** Each log is read again as a whole once in this time. */
const REREAD_MILLISECONDS = DAY_MILLISECONDS;
/** So many entries are read again, at the most, when a log is loaded. */
const SNAPSHOT_ENTRIES = 2_000;

interface SignerDependencies {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly signingKey: SigningKey;
  readonly folder: RecordFolder;
  readonly follower: RecordFollower;
  readonly logger: Logger;
  readonly node: {
    readonly id: string;
    /** The time in which this node is the one that signs for all: see data/nodes. */
    term(): Term | undefined;
  };
}

export interface Signer {
  /**
   * Follows every log that has grown, keeps how far it came, and signs it when this node is the one. Answers
   * how many were signed.
   */
  signAll(): Promise<number>;
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

/** How far this node has verified a log, as it keeps it in its own folder. */
interface Kept {
  readonly checkpoint: Checkpoint;
  /** By a clock that never goes back. */
  readonly at: number;
  readonly snapshotSize: number;
}

/**
 * Says how far every log has come: a checkpoint every minute, or every 1,000 entries, for each organization
 * whose log has grown. Each node keeps one of its own in its folder, its head, which no writer of the
 * database can change. The node that does the periodic work also shows its own in the database, after it has
 * proved that its log extends the newest one there, whichever node signed that: so no two of them contradict
 * each other (c2sp.org/tlog-checkpoint).
 */
export function startSigner(dependencies: SignerDependencies): Signer {
  const { db, instanceId, signingKey, folder, follower, logger, node } = dependencies;
  const kept = new Map<string, Kept>();
  /** How far each log is signed for everybody, as far as this node knows. */
  const shown = new Map<string, number>();
  /** The term in which `shown` was found out: between two of our own, other nodes have signed. */
  let epochShown: number | undefined;
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
    const term = node.term();
    if (term?.epoch !== epochShown) shown.clear();
    epochShown = term?.epoch;
    let count = 0;
    for (const [organizationId, size] of sizes) {
      try {
        if (await acceptWhenAsked(dependencies, organizationId)) {
          kept.delete(organizationId);
          shown.delete(organizationId);
        }
        const last = await lastKept(organizationId);
        // Also when nothing is due to be signed: what was followed cannot be cut off unnoticed.
        if (size !== (last?.checkpoint.size ?? 0)) await follower.follow(organizationId);
        const since = last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.at;
        if (due(size - (last?.checkpoint.size ?? 0), since)) await keepHead(organizationId, last);
        if (term !== undefined && (await sign(organizationId, term))) count += 1;
      } catch (error) {
        report(error, organizationId);
      }
    }
    await rereadOne([...sizes.keys()]);
    await showStopped(db, node.id, follower.stopped(), term);
    return count;
  }

  async function deletedOnes(): Promise<Set<string>> {
    return new Set((await db.selectFrom('deleted_organization').select('id').execute()).map(({ id }) => id));
  }

  async function forgetDeleted(organizationId: string): Promise<void> {
    await follower.deleted(organizationId);
    await sql`select remove_rest_of_deleted(${organizationId})`.execute(db);
    kept.delete(organizationId);
    shown.delete(organizationId);
    reread.delete(organizationId);
    logEvent(logger, 'organization.forgotten', { organizationId });
  }

  /** One log a round, so that signing does not wait for long ones. */
  async function rereadOne(organizationIds: readonly string[]): Promise<void> {
    const now = performance.now();
    const due = organizationIds.find((id) => now - (reread.get(id) ?? Number.NEGATIVE_INFINITY) >= REREAD_MILLISECONDS);
    if (due === undefined) return;
    reread.set(due, now);
    await follower.reread(due);
  }

  async function lastKept(organizationId: string): Promise<Kept | undefined> {
    const known = kept.get(organizationId);
    if (known !== undefined) return known;
    const found = await follower.signed(organizationId);
    if (found === undefined) return undefined;
    const last = { checkpoint: found.checkpoint, at: performance.now() - INTERVAL_MILLISECONDS, snapshotSize: 0 };
    kept.set(organizationId, last);
    return last;
  }

  /** Keeps how far this node has verified, for itself. */
  async function keepHead(organizationId: string, last: Kept | undefined): Promise<void> {
    const { log } = await follower.followFromShared(organizationId);
    if (log.size === 0 || log.size === last?.checkpoint.size) return;
    const { epoch } = await db.selectFrom('instance').select('epoch').executeTakeFirstOrThrow();
    // From here to the snapshot's text nothing is waited for, so that all of it is of one moment.
    // Never before the one before: a clock that was set back must not make a sound log look rolled back.
    const time = new Date(Math.max(Date.now(), last === undefined ? 0 : Date.parse(last.checkpoint.time)));
    const checkpoint = { instanceId, organizationId, epoch, size: log.size, root: log.root(), time: time.toISOString() };
    const takeSnapshot = log.size - (last?.snapshotSize ?? 0) >= SNAPSHOT_ENTRIES || last === undefined;
    const frozen = takeSnapshot ? freeze(log) : undefined;
    const note = await formatCheckpoint(checkpoint, signingKey);
    await folder.appendCheckpoint(organizationId, note);
    await folder.replace(organizationId, 'checkpoint', note);
    if (frozen !== undefined) await folder.replace(organizationId, 'snapshot', writeSnapshot(frozen, note, signingKey));
    // What stopped it meanwhile may lie below, and who found that has removed the former one.
    if (follower.stopped().has(organizationId)) await folder.remove(organizationId, 'snapshot');
    kept.set(organizationId, {
      checkpoint,
      at: performance.now(),
      snapshotSize: frozen === undefined ? (last?.snapshotSize ?? 0) : checkpoint.size,
    });
  }

  /** Shows this node's head to everybody, unless as much is shown already. Answers whether it was. */
  async function sign(organizationId: string, term: Term): Promise<boolean> {
    const head = kept.get(organizationId)?.checkpoint;
    if (head === undefined || head.size === shown.get(organizationId)) return false;
    const { size, time } = head;
    const { log, shared } = await follower.followFromShared(organizationId);
    const note = await folder.read(organizationId, 'checkpoint');
    const isNew = size > (shared?.size ?? 0);
    if (isNew && note !== undefined) {
      const tiles = log.filledTiles().filter(({ level, index }) => (index + 1) * TILE_WIDTH ** (level + 1) <= size);
      await showCheckpoint(db, organizationId, term, tiles, { size, time: new Date(time), note });
      log.forgetTiles(size);
    }
    shown.set(organizationId, size);
    return isNew;
  }

  function report(error: unknown, organizationId: string): void {
    // Another node signs by now, and goes on from there.
    if (error instanceof LeaseLost) return;
    // A record that does not verify has been logged by the follower, once.
    if ((error as { code?: unknown }).code === 'record_stopped' || error instanceof RecordStopped) return;
    // Deleted since the heads were read: the next round sets aside what is here.
    if ((error as { code?: unknown }).code === 'not_found') return;
    logEvent(logger, 'checkpoint.not_signed', { organizationId, error });
  }

  const isDue = (grown: number, since: number) => grown >= ENTRIES || (grown > 0 && since >= INTERVAL_MILLISECONDS);
  const rounds = repeat(
    LOOK_SECONDS,
    () => round(isDue),
    (error) => logEvent(logger, 'record.not_checked', { error }),
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
    triggers: [...log.statements.triggers],
    tests: [...log.statements.tests],
    destinationMode: log.statements.destinationMode,
  };
}
