import { type Logger, logEvent } from '@holdfast/service';
import type { SourceFolder } from '@holdfast/settings';
import type { DataEvents } from '../metrics.ts';
import type { Listing } from '../sources/list-folder.ts';
import type { ComponentDependencies } from '../use/component/open-component.ts';
import type { ClaimedRun } from './claim-runs.ts';
import { isOutage, secretNameOf, toFailure } from './failure.ts';
import { returnInterrupted, waitingItems } from './items.ts';
import { folderOf, listSource } from './list-source.ts';
import { openSteps, StepError } from './open-steps.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import type { RunSession } from './run-session.ts';
import type { StopRequest } from './stop-request.ts';
import { type RunStop, workThrough } from './work-through.ts';

export interface RunDependencies extends ComponentDependencies {
  /** Of this process, see data/nodes. */
  readonly nodeId: string;
  readonly folders: readonly SourceFolder[];
  readonly retry?: RetryPolicy;
  readonly logger: Logger;
  /** Counts what happens. */
  readonly events: DataEvents;
  /** Runs that are executed by this process. */
  readonly active: Set<ActiveRun>;
}

/** A run that has a slot of this process. */
export interface ActiveRun {
  readonly organizationId: string;
  readonly runId: string;
  /** By the monotonic clock, in milliseconds. */
  readonly since: number;
  readonly stop: StopRequest;
}

/**
 * Works on a run, whose lock the session holds, from wherever it stands: the first time, or again after a
 * crash or a pause. Answers whether the run has ended. Throws when the database is away; the run is then
 * taken up again later.
 */
export async function executeRun(dependencies: RunDependencies, session: RunSession, run: ClaimedRun, stop: StopRequest): Promise<boolean> {
  const log = createRunLog(session.writeLog, run, (text) => text);
  if (!run.first) await returnInterrupted(session.locks.connection, run.organizationId, run.id);
  const end = await execute(dependencies, session, run, log, stop);
  if (end.kind === 'yielded') await log.write('info', 'The run waits, so that another organization gets a turn.');
  if (end.kind === 'interrupted' || end.kind === 'yielded') return false;
  await session.finish({ run, stop: end, from: 'running' });
  return true;
}

/** Opens the steps, works, and opens them again when a value was replaced meanwhile. */
async function execute(
  dependencies: RunDependencies,
  session: RunSession,
  run: ClaimedRun,
  log: RunLog,
  stopRequest: StopRequest,
): Promise<RunStop> {
  let folder: string | undefined;
  try {
    folder = await folderOf(dependencies.db, run, dependencies.folders);
    if (folder !== undefined) {
      const listing = await listSource(dependencies.db, run, folder);
      if (listing !== undefined && listing.skipped.length > 0) await log.write('warning', leftOutInWords(listing));
    }
  } catch (error) {
    return failedBy(dependencies.logger, error);
  }
  for (;;) {
    const reason = stopRequest.reason();
    if (reason !== undefined) return { kind: reason };
    const items = waitingItems(dependencies.db, session.readItemPage, run);
    const first = await items.next();
    if (first.done === true) return { kind: 'done' };
    let steps: Awaited<ReturnType<typeof openSteps>>;
    try {
      steps = await openSteps(dependencies, session, run);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      return failedBy(dependencies.logger, error);
    }
    const stop = await workThrough({
      db: dependencies.db,
      logger: dependencies.logger,
      session,
      run,
      folder,
      items: startingWith(first.value, items),
      steps,
      stop: stopRequest,
      retry: dependencies.retry ?? DEFAULT_RETRY,
    });
    await steps.close(stop.kind === 'failed' ? 'failed' : 'success', stop.kind === 'failed' ? stop.failure.code : undefined);
    if (stop.kind !== 'changed') return stop;
    await log.write('info', 'A value or setting was changed meanwhile; the run goes on with what holds now.');
  }
}

const NAMED_IN_LOG = 20;

/** The list of documents has all of them, each with its reason. */
function leftOutInWords({ skipped, skippedBeyond }: Listing): string {
  const named = skipped.slice(0, NAMED_IN_LOG).map(({ name }) => `“${name}”`);
  const more = skipped.length + skippedBeyond - named.length;
  return `Left out: ${named.join(', ')}${more === 0 ? '' : ` and ${more.toLocaleString('en')} more`}. The list of documents says why.`;
}

function failedBy(logger: Logger, error: unknown): RunStop {
  const component = error instanceof StepError ? error.component : null;
  const reason = error instanceof StepError ? error.cause : error;
  // Nothing in the run can change this: it is taken up again when the database answers.
  if (isOutage(reason)) throw reason;
  const failure = toFailure(reason);
  if (failure.code === 'internal') logEvent(logger, 'run.failed', { errorName: (reason as Error).name, error: reason });
  return { kind: 'failed', failure, component, secretName: secretNameOf(reason) };
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
