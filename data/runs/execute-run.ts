import { appendAudit, type Database, transaction } from '@holdfast/db';
import type { Logger } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { SourceFolder } from '../sources/folders.ts';
import type { UseDependencies } from '../use/open-use.ts';
import { isOutage, secretNameOf, toFailure } from './failure.ts';
import { returnInterrupted, waitingItems } from './items.ts';
import { folderOf, listSource } from './list-source.ts';
import { openSteps, StepError } from './open-steps.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import { loadRun, type Run } from './run.ts';
import { withRunLock } from './run-lock.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { type RunStop, workThrough } from './work-through.ts';

export interface RunDependencies extends UseDependencies {
  readonly folders: readonly SourceFolder[];
  readonly retry?: RetryPolicy;
  readonly logger: Logger;
}

/**
 * Executes a run from wherever it stands: the first time, or again after a crash. Nothing happens when it has ended, or when
 * another process is at it. Throws when the database is away; the run is then taken up again later.
 */
export async function executeRun(
  dependencies: RunDependencies,
  job: { organizationId: string; runId: string },
  signal: AbortSignal,
): Promise<void> {
  await withRunLock(dependencies.db, job.runId, async (held) => {
    const run = await loadRun(held, job.organizationId, job.runId);
    if (run === undefined || (run.status !== 'queued' && run.status !== 'running')) return;
    const log = createRunLog(held, run.organizationId, run.id, (text) => text);
    await begin(held, run, log);
    const stop = await execute(dependencies, held, run, log, signal);
    if (stop.kind !== 'interrupted') await finish(dependencies.db, held, run, stop);
  });
}

async function begin(held: Kysely<Database>, run: Run, log: RunLog): Promise<void> {
  await held
    .updateTable('run')
    .set({ status: 'running', started_at: sql`coalesce(started_at, now())` })
    .where('organization_id', '=', run.organizationId)
    .where('id', '=', run.id)
    .execute();
  await returnInterrupted(held, run.organizationId, run.id);
  await log.write('info', run.status === 'queued' ? 'The run started.' : 'The run was interrupted and goes on where it stood.');
}

/** Opens the steps, works, and opens them anew when a value was replaced meanwhile. */
async function execute(
  dependencies: RunDependencies,
  held: Kysely<Database>,
  run: Run,
  log: RunLog,
  signal: AbortSignal,
): Promise<RunStop> {
  let folder: string | undefined;
  try {
    folder = await folderOf(held, run, dependencies.folders);
    if (folder !== undefined) {
      const skipped = await listSource(dependencies.db, run, folder);
      if (skipped.length > 0) {
        await log.write(
          'warning',
          `Left out, because they are links, no regular files, or have invisible characters in their names: ${skipped.slice(0, 20).join(', ')}${skipped.length > 20 ? ' …' : ''}.`,
        );
      }
    }
  } catch (error) {
    return failedBy(dependencies.logger, error);
  }
  for (;;) {
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
      signal,
      retry: dependencies.retry ?? DEFAULT_RETRY,
    });
    await steps.close(stop.kind === 'failed' ? 'failed' : 'success', stop.kind === 'failed' ? stop.failure.code : undefined);
    if (stop.kind !== 'changed') return stop;
    await log.write('info', 'A value or setting was changed meanwhile; the run goes on with what holds now.');
  }
}

function failedBy(logger: Logger, error: unknown): RunStop {
  const component = error instanceof StepError ? error.component : null;
  const reason = error instanceof StepError ? error.cause : error;
  // Nobody is to mend this in the run: it is taken up again when the database answers.
  if (isOutage(reason)) throw reason;
  const failure = toFailure(reason);
  if (failure.code === 'internal') logger.error({ kind: (reason as Error).name, message: (reason as Error).message }, 'a run broke');
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
    cancelled: 'The run was cancelled.',
    succeeded: summary(count, total),
    failed: `The run failed. ${failure?.detail ?? ''}`,
  }[status];
  await transaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('run')
      .set({ status, finished_at: sql`now()`, failure: failure === null ? null : JSON.stringify(failure) })
      .where('organization_id', '=', run.organizationId)
      .where('id', '=', run.id)
      .where('status', '=', 'running')
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
          published: count('published'),
          unchanged: count('unchanged'),
          failed: lost,
          notTried: count('waiting'),
          ...(failure !== null && { code: failure.code }),
        },
      },
    ]);
  });
}

function summary(count: (status: string) => number, total: number): string {
  if (total === 0) return 'The run ended: there were no documents.';
  return `The run ended: ${count('published')} published, ${count('unchanged')} there already.`;
}
