import { setTimeout as sleep } from 'node:timers/promises';
import { announceWaitingRuns, listenForWaitingRuns } from '@holdfast/db/data';
import type { LogErrorEvent } from '@holdfast/service';
import { type ClaimedRun, claimRuns, type RunLimits } from './claim-runs.ts';
import { type ActiveRun, executeRun, giveUp, type RunDependencies } from './execute-run.ts';
import { createInterruptions } from './interruptions.ts';
import { DEFAULT_RETRY } from './retry.ts';
import { findCancelled } from './run-checks.ts';
import { openRunSession, type RunSession } from './run-session.ts';
import { createStopRequest } from './stop-request.ts';

/** Looking is the floor beneath the announcements, which normally wake a node at once. */
const LOOK_MILLISECONDS = 500;
/** After another node was claiming: between none and all of it, so that nodes do not meet again. */
const CLAIM_AGAIN_MILLISECONDS = 20;
/** How often it is looked for whether a run that is under way was cancelled, or takes too long. */
const STOP_POLL_MILLISECONDS = 500;
const HOUR_MILLISECONDS = 3_600_000;
/** Before the locks are taken again after they were lost. */
const LOST_PAUSE_MILLISECONDS = 1_000;

export interface RunDispatcher {
  /** Interrupts the runs that are under way, which wait for another process then. */
  stop(): Promise<void>;
}

export interface DispatcherOptions {
  readonly databaseUrl: string;
  /** Names of the two sessions beside those of `db`. */
  readonly sessions: { readonly locks: string; readonly listener: string };
  /** Runs that this process executes at once. */
  readonly slots: number;
  readonly limits: RunLimits;
  readonly onError: (error: unknown, event: LogErrorEvent) => void;
}

/**
 * Gives the free slots of this process to the runs whose turn it is: as soon as one is announced or a slot
 * becomes free, and else twice a second. The rows of the runs are the queue; the process that holds a run's
 * lock works on it, and nobody else.
 */
export function startRunDispatcher(dependencies: RunDependencies, options: DispatcherOptions): RunDispatcher {
  const { db, nodeId, active } = dependencies;
  const { slots, limits, onError } = options;
  const stopping = new AbortController();
  const interruptions = createInterruptions(db, dependencies.retry ?? DEFAULT_RETRY);
  /** Runs that an error has interrupted, until they wait again. */
  const paused = new Set<ActiveRun>();
  /** Until when a run may take, by the monotonic clock: a clock that is set ahead ends none. */
  const latestEnds = new WeakMap<ActiveRun, number>();
  let wake = () => {};
  const listener = listenForWaitingRuns(options.databaseUrl, options.sessions.listener, () => {
    if (active.size < slots) wake();
  });

  async function serve(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const session = await openRunSession(options.databaseUrl, options.sessions.locks, dependencies);
        try {
          await takeRuns(session);
        } finally {
          await session.locks.close();
        }
      } catch (error) {
        if (!stopping.signal.aborted) onError(error, 'run_locks.lost');
        await sleep(LOST_PAUSE_MILLISECONDS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  async function takeRuns(session: RunSession): Promise<void> {
    /** Runs whose locks this session holds, by their ids. */
    const held = new Map<string, Promise<void>>();
    const over = new AbortController();
    const watching = watchForStops(over.signal);
    try {
      while (!stopping.signal.aborted) {
        const { promise: woken, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const free = slots - active.size;
        let look = LOOK_MILLISECONDS;
        const claims = free > 0 ? await claimRuns(session.locks.connection, nodeId, free, [...held.keys()], limits) : undefined;
        if (claims !== undefined) {
          const { runs, lockedOnly } = claims;
          for (const runId of lockedOnly) await session.locks.unlock(runId);
          for (const run of runs) {
            if (run.first) dependencies.events.runStarted(run.waitedSeconds);
            held.set(
              run.id,
              workOn(session, run).finally(() => held.delete(run.id)),
            );
          }
          if (runs.length === free) continue;
        } else if (free > 0) look = Math.random() * CLAIM_AGAIN_MILLISECONDS;
        const timer = setTimeout(resolve, look);
        await woken;
        clearTimeout(timer);
        if (active.size >= slots) await session.locks.confirm();
      }
    } finally {
      wake = () => {};
      over.abort();
      for (const run of [...active, ...paused]) run.stop.ask('interrupted', 0);
      await Promise.all([...held.values(), watching]);
    }
  }

  /** Never rejects. */
  async function workOn(session: RunSession, run: ClaimedRun): Promise<void> {
    using stop = createStopRequest();
    const entry: ActiveRun = { organizationId: run.organizationId, runId: run.id, since: performance.now(), stop };
    active.add(entry);
    const left = HOUR_MILLISECONDS * dependencies.runMaximumHours - 1_000 * run.underWaySeconds;
    latestEnds.set(entry, entry.since + left);
    if (run.cancelRequested) stop.ask('cancelled', 0);
    // It was under way elsewhere, or waited for its next turn, until now.
    else if (left <= 0) stop.ask('too-long', 0);
    let ended = false;
    try {
      ended = await executeRun(dependencies, session, run, stop);
    } catch (error) {
      if (!stopping.signal.aborted) onError(error, 'run.interrupted');
      // Its lock is kept meanwhile: what failed is not tried at once again.
      active.delete(entry);
      wake();
      const again = await interruptions.pauseAfter(run, error);
      if (again.giveUp)
        ended = await giveUp(session, run, again.times).then(
          () => true,
          () => false,
        );
      if (!ended) await pause(entry, again.milliseconds);
    }
    if (ended) interruptions.forget(run);
    active.delete(entry);
    wake();
    try {
      if (!ended) await session.requeue(run);
      await session.locks.unlock(run.id);
      if (!ended) await announceWaitingRuns(db);
    } catch {
      // Without its lock it is found later: see resumeRuns.
    }
  }

  /** Cancelled, it is over at once: nothing is to be waited for. */
  async function pause(run: ActiveRun, milliseconds: number): Promise<void> {
    paused.add(run);
    const signal = AbortSignal.any([stopping.signal, run.stop.asked]);
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
    paused.delete(run);
  }

  async function watchForStops(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      // A database that is away is met by the runs themselves.
      await stopWhatShould().catch(() => undefined);
      await sleep(STOP_POLL_MILLISECONDS, undefined, { signal: over, ref: false }).catch(() => undefined);
    }
  }

  async function stopWhatShould(): Promise<void> {
    const working = [...active, ...paused];
    if (working.length === 0) return;
    const now = performance.now();
    for (const run of working) if (now >= (latestEnds.get(run) ?? Number.POSITIVE_INFINITY)) run.stop.ask('too-long', 0);
    const cancelled = await findCancelled(
      db,
      working.map(({ organizationId, runId }) => ({ organizationId, id: runId })),
    );
    for (const run of working) if (cancelled.has(run.runId)) run.stop.ask('cancelled', 0);
  }

  const serving = serve();
  return {
    async stop() {
      stopping.abort();
      wake();
      await listener.stop();
      await serving;
    },
  };
}
