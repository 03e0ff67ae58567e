import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@holdfast/db/data';
import { logEvent } from '@holdfast/service';
import type { DataSettings } from './config.ts';
import { moveDocuments, removeObjects, sweepObjects } from './documents/move-documents.ts';
import { sweepDocuments } from './documents/sweep.ts';
import type { Term } from './nodes/lease.ts';
import { repeatOnOneNode } from './nodes/periodic.ts';
import { deleteDueOrganizations } from './organizations/delete-due.ts';
import { endCancelledWaiting } from './runs/cancelled-waiting.ts';
import type { RunDependencies } from './runs/execute-run.ts';
import { bringFutureJobsForward, resumeRuns } from './runs/resume.ts';
import { createPolling } from './schedule/poll.ts';
import { fireSchedules } from './schedule/schedule.ts';
import { createTimesCheck } from './schedule/times-check.ts';
import { createPartsTogether } from './stop-together.ts';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** The last statement of a deletion removes every entry of a record. */
const DELETION_MILLISECONDS = 3_600_000;
/** A round that takes longer ends with the process: another node begins it again. */
const STOP_MILLISECONDS = 5_000;

interface PeriodicWork {
  readonly name: string;
  /** How long it rests after a round. */
  readonly everySeconds: number;
  /** Calls `during.confirm` in each of its transactions, unless two nodes may do it at once. */
  round(during: Term): Promise<unknown>;
}

/**
 * Everything that one of the nodes does now and then for all of them.
 *
 * @param deletionSession names the session in which organizations are deleted: their last statement takes
 *   long.
 */
export function startPeriodicWork(
  dependencies: RunDependencies & { readonly term: () => Term | undefined },
  settings: Pick<DataSettings, 'databaseUrl' | 'documentRetentionDays'>,
  deletionSession: string,
): { stop(): Promise<void> } {
  const { db, documents, term, logger, keys, events, follower, clock } = dependencies;
  const polling = createPolling(dependencies);
  const checkTimes = createTimesCheck(db);
  const keptDays = settings.documentRetentionDays;
  const connectLong = () =>
    connect(settings.databaseUrl, {
      name: deletionSession,
      maximumConnections: 1,
      statementTimeoutMilliseconds: DELETION_MILLISECONDS,
    });

  const always: readonly PeriodicWork[] = [
    {
      name: 'resume runs',
      everySeconds: 5,
      async round({ confirm }) {
        await resumeRuns(db, logger, confirm);
        await bringFutureJobsForward(db);
      },
    },
    { name: 'end cancelled runs', everySeconds: 1, round: () => endCancelledWaiting(db, events, follower) },
    {
      name: 'fire schedules',
      everySeconds: 1,
      async round(during) {
        await checkTimes(during);
        await fireSchedules(dependencies, during);
      },
    },
    { name: 'poll connectors', everySeconds: 1, round: (during) => polling.look(during) },
    {
      name: 'sweep documents',
      everySeconds: HOUR_SECONDS,
      round: async ({ confirm }) => sweepDocuments(db, await clock.now(), { keptDays, confirm }),
    },
    {
      // What is kept for no time at all.
      name: 'sweep at once',
      everySeconds: MINUTE_SECONDS,
      round: async ({ confirm }) => sweepDocuments(db, await clock.now(), { keptDays, onlyAtOnce: true, confirm }),
    },
    {
      name: 'delete organizations',
      everySeconds: MINUTE_SECONDS,
      round: () => deleteDueOrganizations({ db, keys, logger, connectLong }),
    },
  ];
  const withBucket: readonly PeriodicWork[] = [
    {
      name: 'move documents',
      everySeconds: 2,
      async round({ confirm }) {
        await moveDocuments(documents, confirm);
        await removeObjects(documents);
      },
    },
    // Those that nothing names.
    { name: 'sweep objects', everySeconds: DAY_SECONDS, round: async () => sweepObjects(documents, await clock.now()) },
  ];

  const works = [...always, ...(documents.bucket === undefined ? [] : withBucket)].map((work) =>
    repeatOnOneNode({ db, term }, work, work.round, (error) => logEvent(logger, 'periodic_work.failed', { work: work.name, error })),
  );
  const together = createPartsTogether();
  for (const part of [...works, polling]) together.add(part);
  return {
    async stop() {
      const over = new AbortController();
      const rounds = together.stop().finally(() => over.abort());
      await Promise.race([rounds, sleep(STOP_MILLISECONDS, undefined, { signal: over.signal }).catch(() => undefined)]);
    },
  };
}
