import { HoldfastError } from '@holdfast/api';
import type { AuditEvent, Checkpoint, LogEntry } from '@holdfast/audit';
import type { AppendedEntries } from '@holdfast/db/data';
import { logEvent } from '@holdfast/service';
import { LRUCache } from 'lru-cache';
import type { FollowedLog } from './followed-log.ts';
import { createLogLoader, extendsCheckpoint, type RecordDependencies, type SignedHead } from './load-log.ts';
import { readRecordLog } from './read-log.ts';
import { RecordStopped, toRecordStoppedError } from './record-stopped.ts';

/** Logs whose statements stay in memory; the one unused for longest is read from its snapshot again. */
const LOGS_KEPT = 500;
/** More than are appended at the same time; of what else appended, none may ever be handed over. */
const AHEAD_KEPT = 16;
/** A log that does not verify is looked at again after this time: its rows may have been put back. */
const RECHECK_MILLISECONDS = 30_000;

/** The data plane's own knowledge of every organization's log. */
export interface RecordFollower {
  /**
   * The log, verified up to its present end, and through the entries that the caller has just appended: each
   * must be in it, at its number. Entries are read once, in order; callers that come together share one
   * reading.
   *
   * @throws HoldfastError `record_stopped` when it does not verify; the database's own error when it is away.
   */
  follow(organizationId: string, appended?: readonly LogEntry[]): Promise<FollowedLog>;
  /**
   * Takes in entries that this process has just appended, without reading them, when the transaction that
   * appended them saw the log end exactly where it was followed to, and no row outside of it: now, or once
   * the log was followed to there. Does nothing otherwise: `follow` then reads, and decides. Never throws.
   *
   * @param made the events that the caller made their bodies of, in their order.
   */
  handOver(organizationId: string, appended: AppendedEntries, made?: readonly AuditEvent[]): Promise<void>;
  /**
   * Reads a log again from its first entry, through its newest checkpoint: what was changed below is found
   * so. Stops the organization when it does not verify.
   */
  reread(organizationId: string): Promise<void>;
  /**
   * Follows the log, and proves that it extends the newest checkpoint that any node has shown in the database
   * (RFC 9162, section 2.1.4). Stops the organization when it does not.
   *
   * @throws HoldfastError `record_stopped`
   */
  followFromShared(organizationId: string): Promise<{ readonly log: FollowedLog; readonly shared: Checkpoint | undefined }>;
  /** This node's own head: the checkpoint up to which it has verified, from its folder. */
  signed(organizationId: string): Promise<SignedHead | undefined>;
  /**
   * The refusal that `follow` would throw without reading anything: its log was found not to verify a moment
   * ago.
   */
  refusal(organizationId: string): HoldfastError | undefined;
  /** Organizations whose logs do not verify, with the reason. */
  stopped(): ReadonlyMap<string, RecordStopped>;
  /**
   * An organization that was deleted: what was signed of it is set aside, and nothing under its id is ever
   * followed again.
   */
  deleted(organizationId: string): Promise<void>;
  /** Forgets what is in memory, so that the next use begins with what is in the folder. */
  forget(organizationId: string): void;
}

interface Followed {
  readonly log: FollowedLog;
  /** The reading that is under way. */
  reading: Promise<void> | undefined;
  /** The one after it, for those who came while it was under way. */
  next: Promise<void> | undefined;
  /**
   * What was handed over and begins behind the end: what lies between is on its way, or is just being read.
   */
  readonly ahead: { readonly appended: AppendedEntries; readonly made: readonly AuditEvent[] | undefined }[];
}

export function createRecordFollower(dependencies: RecordDependencies): RecordFollower {
  const { db, folder, logger } = dependencies;
  const { load, newestShared, signed } = createLogLoader(dependencies);
  const logs = new LRUCache<string, Promise<Followed>>({ max: LOGS_KEPT });
  const stops = new Map<string, { error: RecordStopped; checkedAt: number }>();

  async function begin(organizationId: string, fromSnapshot: boolean): Promise<Followed> {
    return { log: await load(organizationId, fromSnapshot), reading: undefined, next: undefined, ahead: [] };
  }

  /** What is in memory, unless it is to be read again from the beginning. */
  function loaded(organizationId: string, fromMemory = true): Promise<Followed> {
    const known = fromMemory ? logs.get(organizationId) : undefined;
    if (known !== undefined) return known;
    const loading = begin(organizationId, fromMemory);
    logs.set(organizationId, loading);
    return loading;
  }

  async function readOn({ log }: Followed): Promise<void> {
    for (;;) {
      const { head = 0, entries } = await readRecordLog(db, log.organizationId, Math.max(log.size, 1));
      const signedSize = Math.max(log.size, log.signedAhead?.size ?? 0);
      if (head < signedSize && (await isGone(log.organizationId))) throw new HoldfastError('not_found', 'The organization was deleted.');
      if (head < signedSize) {
        throw new RecordStopped(
          'record_rolled_back',
          `The database has ${head} entries, but ${signedSize} were there: the last ones are gone.`,
        );
      }
      if (head > log.size && (entries.at(-1)?.sequence ?? 0) <= log.size)
        throw new RecordStopped('record_incomplete', `Entry ${log.size + 1} is missing.`);
      log.take(entries);
      if (log.size >= head) return;
    }
  }

  /** A reading that begins after this call, shared with everybody who calls before it begins. */
  function readAfterNow(followed: Followed): Promise<void> {
    if (followed.reading === undefined) {
      followed.reading = readOn(followed)
        .then(() => takeIn(followed))
        .finally(() => {
          followed.reading = undefined;
        });
      return followed.reading;
    }
    followed.next ??= followed.reading
      .catch(() => undefined)
      .then(() => {
        followed.next = undefined;
        return readAfterNow(followed);
      });
    return followed.next;
  }

  /** What was handed over, in its order, as far as it continues the log; not what was read meanwhile. */
  function takeIn({ log, ahead }: Followed): void {
    ahead.sort((one, other) => firstOf(one.appended) - firstOf(other.appended));
    try {
      for (let [next] = ahead; next !== undefined; [next] = ahead) {
        if (firstOf(next.appended) > log.size) {
          if (!log.isContinuedBy(next.appended)) break;
          log.take(next.appended.entries, next.made);
        }
        ahead.shift();
      }
    } catch {
      // What was taken in half is not gone on with: the next use reads it again.
      logs.delete(log.organizationId);
    }
    ahead.splice(0, ahead.length - AHEAD_KEPT);
  }

  async function isGone(organizationId: string): Promise<boolean> {
    return (await db.selectFrom('deleted_organization').select('id').where('id', '=', organizationId).executeTakeFirst()) !== undefined;
  }

  function stop(organizationId: string, error: RecordStopped): void {
    logs.delete(organizationId);
    const known = stops.get(organizationId);
    stops.set(organizationId, { error, checkedAt: performance.now() });
    if (known?.error.message === error.message) return;
    logEvent(logger, 'record.stopped', { organizationId, code: error.code, reason: error.message });
  }

  /**
   * Stops for what a reading from the first entry has found. What is wrong may lie below the snapshot, so
   * nothing is gone on with from there, after a restart neither.
   */
  async function stopWhole(organizationId: string, error: RecordStopped): Promise<void> {
    stop(organizationId, error);
    await folder.remove(organizationId, 'snapshot');
  }

  function refusal(organizationId: string): HoldfastError | undefined {
    const stopped = stops.get(organizationId);
    const fresh = stopped !== undefined && performance.now() - stopped.checkedAt < RECHECK_MILLISECONDS;
    return fresh ? toRecordStoppedError(stopped.error) : undefined;
  }

  const follower: RecordFollower = {
    async follow(organizationId, appended = []) {
      const refused = refusal(organizationId);
      if (refused !== undefined) throw refused;
      const former = stops.get(organizationId);
      let isWhole = false;
      try {
        let followed = await loaded(organizationId);
        // A snapshot that was taken meanwhile does not say which entry that was.
        isWhole = appended.some(({ sequence }) => followed.log.hasForgotten(sequence));
        if (isWhole) followed = await loaded(organizationId, false);
        const last = appended.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...appended.map(({ sequence }) => sequence));
        // What was handed over meanwhile is taken in behind what it reads.
        if (appended.length > 0 && followed.log.size < last) await followed.reading?.catch(() => undefined);
        if (followed.log.size < last) await readAfterNow(followed);
        for (const entry of appended) followed.log.confirm(entry);
        // What a reading from the first entry has found meanwhile is not taken back by this one.
        if (former !== undefined && stops.get(organizationId) === former) {
          stops.delete(organizationId);
          logEvent(logger, 'record.verified_again', { organizationId });
        }
        return followed.log;
      } catch (error) {
        if (error instanceof RecordStopped) {
          if (isWhole) await stopWhole(organizationId, error);
          else stop(organizationId, error);
          throw toRecordStoppedError(error);
        }
        // What was read half is not gone on with.
        logs.delete(organizationId);
        throw error;
      }
    },
    async handOver(organizationId, appended, made) {
      const followed = await logs.get(organizationId)?.catch(() => undefined);
      if (followed === undefined) return;
      followed.ahead.push({ appended, made });
      if (followed.reading === undefined) takeIn(followed);
    },
    async followFromShared(organizationId) {
      const own = await signed(organizationId).catch(() => undefined);
      // Before the log is read, which must then reach it.
      const shared = await newestShared(organizationId, own?.checkpoint.epoch);
      let log = await follower.follow(organizationId);
      if (shared === undefined) return { log, shared };
      let isWhole = false;
      try {
        if (shared.size > log.size) {
          throw new RecordStopped('record_rolled_back', `The database has ${log.size} entries, but ${shared.size} were signed.`);
        }
        if (!(await extendsCheckpoint(db, log, shared))) {
          // The tiles decide nothing: the entries do, read from the first one through that checkpoint.
          logEvent(logger, 'record.tiles_unusable', { organizationId, size: shared.size });
          isWhole = true;
          const again = await loaded(organizationId, false);
          await readAfterNow(again);
          log = again.log;
        } else log.forgetTiles(shared.size);
        return { log, shared };
      } catch (error) {
        if (!(error instanceof RecordStopped)) throw error;
        if (isWhole) await stopWhole(organizationId, error);
        else stop(organizationId, error);
        throw toRecordStoppedError(error);
      }
    },
    async reread(organizationId) {
      try {
        await readOn(await begin(organizationId, false));
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'not_found') return;
        if (!(error instanceof RecordStopped)) throw error;
        await stopWhole(organizationId, error);
      }
    },
    signed,
    refusal,
    stopped: () => new Map([...stops].map(([organizationId, { error }]) => [organizationId, error])),
    async deleted(organizationId) {
      await folder.setDeleted(organizationId);
      logs.delete(organizationId);
      stops.delete(organizationId);
    },
    forget(organizationId) {
      logs.delete(organizationId);
      stops.delete(organizationId);
    },
  };
  return follower;
}

function firstOf({ entries }: AppendedEntries): number {
  return entries[0]?.sequence ?? 0;
}
