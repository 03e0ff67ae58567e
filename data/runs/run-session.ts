import { type Database, inNaturalGroups } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import type { DataEvents } from '../metrics.ts';
import type { RecordFollower } from '../record/follower.ts';
import { sharedByKey } from '../shared-by-key.ts';
import { type BoundComponent, loadBoundComponent } from '../use/component/load-component.ts';
import { createDocumentReader, type ReadSmallDocument } from './document-bytes.ts';
import { createFinishRun, type FinishRun } from './finish-run.ts';
import { createItemChanges, type ItemChanges } from './item-changes.ts';
import { createFinishStep, type FinishStep } from './item-steps.ts';
import { createItemReader } from './items.ts';
import { requeueRuns } from './requeue-runs.ts';
import { createCancelCheck } from './run-checks.ts';
import { openRunLocks, type RunLocks } from './run-locks.ts';
import { createLogWriter, type WriteLogLine } from './run-log.ts';

/**
 * What the runs of this process share: the session that holds their locks, and statements that do for all of
 * them at once what each would ask for alone. When the locks are lost, so is everything here, and another
 * session begins.
 */
export interface RunSession {
  readonly locks: RunLocks;
  readonly items: ItemChanges;
  readonly finishStep: FinishStep;
  readonly finish: FinishRun;
  readonly readItemPage: ReturnType<typeof createItemReader>;
  readonly readSmallDocument: ReadSmallDocument;
  readonly isCancelled: ReturnType<typeof createCancelCheck>;
  readonly writeLog: WriteLogLine;
  /** As it is saved when this is asked, or later. */
  readonly loadComponent: (organizationId: string, componentId: string) => Promise<BoundComponent | undefined>;
  readonly requeue: (run: { readonly organizationId: string; readonly id: string }) => Promise<void>;
}

interface SessionDependencies {
  readonly db: Kysely<Database>;
  readonly events: DataEvents;
  readonly follower: RecordFollower;
}

export async function openRunSession(
  databaseUrl: string,
  name: string,
  { db, events, follower }: SessionDependencies,
): Promise<RunSession> {
  const locks = await openRunLocks(databaseUrl, name);
  const components = sharedByKey((key) => {
    const [organizationId = '', componentId = ''] = key.split(' ');
    return loadBoundComponent(db, organizationId, componentId);
  });
  return {
    locks,
    items: createItemChanges(locks.connection),
    finishStep: createFinishStep(locks.connection),
    finish: createFinishRun(db, locks.connection, events, follower),
    readItemPage: createItemReader(db),
    readSmallDocument: createDocumentReader(db),
    isCancelled: createCancelCheck(db),
    writeLog: createLogWriter(db),
    loadComponent: (organizationId, componentId) => components(`${organizationId} ${componentId}`),
    requeue: inNaturalGroups(async (runs) => {
      await requeueRuns(locks.connection, runs);
      return runs.map(() => undefined);
    }),
  };
}
