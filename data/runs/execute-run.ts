import { setTimeout as sleep } from 'node:timers/promises';
import { type ItemCounts, itemCountsInWords } from '@holdfast/api';
import { appendAudit, type Database, type Queue, transaction } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import type { SourceFolder } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import type { Listing } from '../sources/list-folder.ts';
import type { ComponentDependencies } from '../use/component/open-component.ts';
import { isCancelled } from './cancel.ts';
import { type ClaimedRun, withNextRun } from './claim-run.ts';
import { isOutage, secretNameOf, toFailure } from './failure.ts';
import { returnInterrupted, waitingItems } from './items.ts';
import { folderOf, listSource } from './list-source.ts';
import { openSteps, StepError } from './open-steps.ts';
import { requeueRun } from './requeue-run.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import { loadRun, type Run } from './run.ts';
import { withRunLock } from './run-lock.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { createStopRequest, type StopRequest } from './stop-request.ts';
import { type RunStop, workThrough } from './work-through.ts';

export interface RunDependencies extends ComponentDependencies {
  /** Of this process, see data/nodes. */
  readonly nodeId: string;
  readonly folders: readonly SourceFolder[];
  readonly retry?: RetryPolicy;
  readonly logger: Logger;
  readonly queue: Queue;
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

const CANCEL_POLL_MILLISECONDS = 500;

/**
 * Uses a slot for the run whose turn it is, from wherever it stands: the first time, or again after a crash or a pause. Throws when
 * the database is away; the run is then taken up again later.
 *
 * @param signal aborted when this process stops.
 */
export async function executeNextRun(dependencies: RunDependencies, signal: AbortSignal): Promise<void> {
  // The job is for another process then.
  signal.throwIfAborted();
  let unfinished: ClaimedRun | undefined;
  const ended = withNextRun(dependencies.db, dependencies.nodeId, async (held, claimed) => {
    const { organizationId, runId } = claimed;
    unfinished = claimed;
    using stop = createStopRequest();
    const interrupt = () => stop.ask('interrupted', 0);
    signal.addEventListener('abort', interrupt);
    if (signal.aborted) interrupt();
    const active: ActiveRun = { organizationId, runId, since: performance.now(), stop };
    dependencies.active.add(active);
    const watching = new AbortController();
    const watch = watchForCancel(dependencies.db, active, watching.signal);
    try {
      if (await executeClaimed(dependencies, held, claimed, stop)) unfinished = undefined;
    } finally {
      watching.abort();
      await watch;
      dependencies.active.delete(active);
      signal.removeEventListener('abort', interrupt);
    }
  });
  try {
    await ended;
  } finally {
    // When its lock is free. Without the database it is found later: see resumeRuns.
    if (unfinished !== undefined) await requeueRun(dependencies.db, dependencies.queue, unfinished).catch(() => undefined);
  }
}

/** Answers whether the run has ended. */
async function executeClaimed(
  dependencies: RunDependencies,
  held: Kysely<Database>,
  claimed: ClaimedRun,
  stop: StopRequest,
): Promise<boolean> {
  const run = await loadRun(held, claimed.organizationId, claimed.runId);
  if (run === undefined || run.status !== 'running') return true;
  const log = createRunLog(held, run.organizationId, run.id, (text) => text);
  await returnInterrupted(held, run.organizationId, run.id);
  await log.write('info', claimed.first ? 'The run started.' : 'The run goes on where it stood.');
  const end = await execute(dependencies, held, run, log, stop);
  if (end.kind === 'yielded') await log.write('info', 'The run waits, so that another organization gets a turn.');
  if (end.kind === 'interrupted' || end.kind === 'yielded') return false;
  await finish(dependencies.db, held, run, end);
  return true;
}

/** Asks the run to stop within half a second after somebody cancelled it. */
async function watchForCancel(db: Kysely<Database>, { organizationId, runId, stop }: ActiveRun, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    // A database that is away is met by the run itself.
    if (await isCancelled(db, organizationId, runId).catch(() => false)) stop.ask('cancelled', 0);
    await sleep(CANCEL_POLL_MILLISECONDS, undefined, { signal: over, ref: false }).catch(() => undefined);
  }
}

/** Ends runs that were cancelled while they waited for a slot. */
export async function endCancelledWaiting(db: Kysely<Database>): Promise<void> {
  const rows = await db
    .selectFrom('run')
    .select(['organization_id', 'id'])
    .where('cancel_requested', '=', true)
    .where('status', '=', 'queued')
    .limit(100)
    .execute();
  for (const { organization_id: organizationId, id } of rows) {
    await withRunLock(db, id, async (held) => {
      const run = await loadRun(held, organizationId, id);
      if (run?.status === 'queued') await finish(db, held, run, { kind: 'cancelled' });
    });
  }
}

/** Opens the steps, works, and opens them again when a value was replaced meanwhile. */
async function execute(
  dependencies: RunDependencies,
  held: Kysely<Database>,
  run: Run,
  log: RunLog,
  stopRequest: StopRequest,
): Promise<RunStop> {
  let folder: string | undefined;
  try {
    folder = await folderOf(held, run, dependencies.folders);
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
    const items = await waitingItems(held, run.organizationId, run.id);
    if (items.length === 0) return { kind: 'done' };
    let steps: Awaited<ReturnType<typeof openSteps>>;
    try {
      steps = await openSteps(dependencies, run);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      return failedBy(dependencies.logger, error);
    }
    const stop = await workThrough({
      db: dependencies.db,
      logger: dependencies.logger,
      held,
      run,
      folder,
      items,
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
  if (failure.code === 'internal')
    logger.error({ kind: (reason as Error).name, message: (reason as Error).message }, 'run failed unexpectedly');
  return { kind: 'failed', failure, component, secretName: secretNameOf(reason) };
}

async function finish(db: Kysely<Database>, held: Kysely<Database>, run: Run, stop: RunStop): Promise<void> {
  const { rows } = await sql<{ status: string; documents: string; failure: { code: string; detail: string; remedy: string } | null }>`
    select status, count(*) as documents, (array_agg(failure order by position))[1] as failure
    from run_item where organization_id = ${run.organizationId} and run_id = ${run.id} group by status`.execute(held);
  const count = (status: string) => Number(rows.find((row) => row.status === status)?.documents ?? 0);
  const total = rows.reduce((sum, row) => sum + Number(row.documents), 0);
  const first = rows.find((row) => row.status === 'failed')?.failure;
  const lost = count('failed');
  const counts: ItemCounts = {
    total,
    waiting: count('waiting'),
    running: count('running'),
    published: count('published'),
    unchanged: count('unchanged'),
    skipped: count('skipped'),
    failed: lost,
  };
  const inWords = itemCountsInWords(counts, false);
  const failure =
    stop.kind === 'failed'
      ? { ...stop.failure, component: stop.component, secretName: stop.secretName }
      : stop.kind === 'done' && lost > 0
        ? {
            code: first?.code ?? 'internal',
            detail: `${lost} of ${total} documents could not be published. The first: ${first?.detail ?? ''}`,
            remedy: first?.remedy ?? '',
            component: null,
            secretName: null,
          }
        : null;
  const status = stop.kind === 'cancelled' ? 'cancelled' : failure === null ? 'succeeded' : 'failed';
  const message = {
    cancelled: `The run was cancelled: ${inWords}.`,
    succeeded: `The run ended: ${inWords}.`,
    failed: `The run failed: ${inWords}. ${failure?.detail ?? ''}`,
  }[status];
  await transaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('run')
      .set({ status, finished_at: sql`now()`, failure: failure === null ? null : JSON.stringify(failure) })
      .where('organization_id', '=', run.organizationId)
      .where('id', '=', run.id)
      .where('status', 'in', ['queued', 'running'])
      .executeTakeFirst();
    // Deleted with its workflow meanwhile, or ended by another process.
    if (numUpdatedRows === 0n) return;
    await createRunLog(tx, run.organizationId, run.id, (text) => text).write(status === 'failed' ? 'error' : 'info', message);
    await appendAudit(tx, run.organizationId, [
      {
        action: 'run.finish',
        actor: { kind: 'system', id: null, name: 'data plane' },
        outcome: status === 'failed' ? 'failed' : 'success',
        target: { kind: 'run', id: run.id, name: `${run.workflowName} #${run.number}` },
        context: { project: run.projectName, workflow: run.workflowName, run: run.id },
        detail: {
          status,
          published: counts.published,
          unchanged: counts.unchanged,
          leftOut: counts.skipped,
          failed: counts.failed,
          notTried: counts.waiting,
          ...(failure !== null && { code: failure.code }),
        },
      },
    ]);
  });
}
