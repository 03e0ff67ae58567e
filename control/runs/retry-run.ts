import { HoldfastError, invalid } from '@holdfast/api';
import { type Actor, announceWaitingRuns, locking, lockWorkflow, type Tx } from '@holdfast/db/control';
import { sql } from 'kysely';
import type { AuditEntry } from '../audit/record.ts';
import { runNotFound } from './read-runs.ts';

export interface RetryRequest {
  readonly organizationId: string;
  readonly runId: string;
  /**
   * What is to be tried again, when nothing is chosen: what failed and was not sent, or what failed alone.
   */
  readonly items: 'unfinished' | 'failed';
  /** These alone. */
  readonly itemIds: readonly string[] | undefined;
  readonly retriedBy: Actor;
}

/**
 * Takes a run up again that has ended, and announces it to the data planes in the same transaction. It goes
 * on with what it was started with; what is published, and each step that is done, stays as it is.
 *
 * Throws `not_found`, `run_not_ended`, `nothing_to_retry`, `documents_removed`, and `invalid_request` for a
 * document that is not in the run or is published.
 */
export async function retryRun(tx: Tx, request: RetryRequest): Promise<AuditEntry> {
  const { organizationId, runId, items, itemIds, retriedBy } = request;
  const run = await tx
    .selectFrom('run')
    .select(['id', 'number', 'workflow_id'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', runId)
    .executeTakeFirst();
  if (run === undefined) throw runNotFound();
  const workflow = await lockWorkflow(tx, organizationId, run.workflow_id);
  const name = `${workflow.name} #${run.number}`;
  const chosen = itemIds === undefined ? null : [...new Set(itemIds.map((id) => id.toLowerCase()))];
  locking(tx, 'run');
  const { rows } = await sql<{ again: number | null }>`
    select retry_run(${organizationId}, ${run.id}, ${chosen}::uuid[], ${items === 'failed'}, ${JSON.stringify(retriedBy)}::jsonb) as again`.execute(
    tx,
  );
  const again = rows[0]?.again ?? null;
  if (again === null) throw new HoldfastError('run_not_ended', `“${name}” has not ended.`);
  if (chosen !== null && again < chosen.length) {
    throw invalid([{ field: 'itemIds', detail: 'A document is not in this run, or is published: it is not tried again.' }]);
  }
  if (again === 0 && (await hasItems(tx, organizationId, run.id))) throw new HoldfastError('nothing_to_retry');
  await keepDocuments(tx, organizationId, run.id);
  await announceWaitingRuns(tx);
  return {
    action: 'run.retry',
    target: { kind: 'run', id: run.id, name },
    context: { project: workflow.projectName, workflow: workflow.name, run: run.id },
    detail: { documents: again },
  };
}

async function hasItems(tx: Tx, organizationId: string, runId: string): Promise<boolean> {
  const item = await tx
    .selectFrom('run_item')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('run_id', '=', runId)
    .limit(1)
    .executeTakeFirst();
  return item !== undefined;
}

/**
 * The uploaded documents that are tried again count as this run's from now on, also when a later run of the
 * workflow took them: they are kept until it has ended.
 */
async function keepDocuments(tx: Tx, organizationId: string, runId: string): Promise<void> {
  const { rows } = await sql<{ wanted: number; kept: number }>`
    with wanted as (
      select distinct document_id as id from run_item
      where organization_id = ${organizationId} and run_id = ${runId} and status = 'waiting' and not held and document_id is not null
    ), kept as (
      update document d set run_id = ${runId} from wanted where d.organization_id = ${organizationId} and d.id = wanted.id returning d.id
    )
    select (select count(*) from wanted) as wanted, (select count(*) from kept) as kept`.execute(tx);
  const [counts] = rows;
  if (counts !== undefined && counts.kept < counts.wanted) throw new HoldfastError('documents_removed');
}
