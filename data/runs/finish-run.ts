import { type Failure, type ItemCounts, itemCountsInWords } from '@holdfast/api';
import { appendAudit, type Database, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { DataEvents } from '../metrics.ts';
import { inNaturalGroupsByKey } from '../natural-groups.ts';
import type { Run } from './run.ts';
import type { LockConnection } from './run-locks.ts';
import { insertLogLines } from './run-log.ts';
import type { RunStop } from './work-through.ts';

export interface EndOfRun {
  readonly run: Run;
  readonly stop: RunStop;
  /** In which state it is ended; in any other, nothing happens. */
  readonly from: 'queued' | 'running';
}

/** Ends a run: its state, the last line of its log, and its event on the record, in one transaction. */
export type FinishRun = (end: EndOfRun) => Promise<void>;

/**
 * Runs of one organization that end at the same time are ended in one transaction.
 *
 * @param connection holds the locks of the runs: it fails when they are lost, so that a run is not ended that
 *   another process works on by now.
 */
export function createFinishRun(db: Kysely<Database>, connection: LockConnection, events: Pick<DataEvents, 'runEnded'>): FinishRun {
  return finishOver(db, connection, events);
}

/** The same for runs that wait, whose locks nobody holds. */
export function createFinishWaiting(
  db: Kysely<Database>,
  events: Pick<DataEvents, 'runEnded'>,
): (end: EndOfRun & { readonly from: 'queued' }) => Promise<void> {
  return finishOver(db, db, events);
}

function finishOver(db: Kysely<Database>, connection: Kysely<Database>, events: Pick<DataEvents, 'runEnded'>): FinishRun {
  return inNaturalGroupsByKey(
    ({ run }) => run.organizationId,
    async (ends) => {
      const conclusions = await conclude(connection, ends);
      const concluded = await transaction(db, async (tx) => {
        const { rows: ended } = await sql<{ place: number }>`
          update run r set status = c.status, finished_at = now(), failure = c.failure::jsonb
          from unnest(${ends.map(({ run }) => run.organizationId)}::uuid[], ${ends.map(({ run }) => run.id)}::uuid[],
            ${ends.map(({ from }) => from)}::text[], ${conclusions.map(({ status }) => status)}::text[],
            ${conclusions.map(({ failure }) => (failure === null ? null : JSON.stringify(failure)))}::text[])
            with ordinality as c (organization_id, id, was, status, failure, place)
          where r.organization_id = c.organization_id and r.id = c.id and r.status = c.was
          returning c.place`.execute(tx);
        // Deleted with its workflow meanwhile, or ended by another process: nothing is written about it.
        const written = ended.map(({ place }) => conclusions[place - 1]).filter((conclusion) => conclusion !== undefined);
        const [first] = written;
        if (first === undefined) return [];
        await insertLogLines(
          tx,
          written.map(({ run, status, message }) => ({
            organizationId: run.organizationId,
            runId: run.id,
            level: status === 'failed' ? 'error' : 'info',
            message,
            itemId: null,
          })),
        );
        await appendAudit(tx, first.run.organizationId, written.map(eventOf));
        return written;
      });
      for (const { status } of concluded) events.runEnded(status);
      return ends.map(() => undefined);
    },
  );
}

interface Conclusion {
  readonly run: Run;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly message: string;
  readonly counts: ItemCounts;
  readonly failure: (Failure & { readonly component: unknown; readonly secretName: string | null }) | null;
}

interface CountRow {
  readonly place: number;
  readonly status: keyof ItemCounts;
  readonly documents: number;
  readonly failure: Failure | null;
}

async function conclude(connection: Kysely<Database>, ends: readonly EndOfRun[]): Promise<Conclusion[]> {
  const { rows } = await sql<CountRow>`
    select c.place, i.status, count(*) as documents, (array_agg(i.failure order by i.position))[1] as failure
    from unnest(${ends.map(({ run }) => run.organizationId)}::uuid[], ${ends.map(({ run }) => run.id)}::uuid[])
      with ordinality as c (organization_id, id, place)
    join run_item i on i.organization_id = c.organization_id and i.run_id = c.id
    group by c.place, i.status`.execute(connection);
  return ends.map((end, index) =>
    conclusionOf(
      end,
      rows.filter(({ place }) => place === index + 1),
    ),
  );
}

function conclusionOf({ run, stop }: EndOfRun, rows: readonly CountRow[]): Conclusion {
  const count = (status: CountRow['status']) => Number(rows.find((row) => row.status === status)?.documents ?? 0);
  const total = rows.reduce((sum, row) => sum + Number(row.documents), 0);
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
  const first = rows.find((row) => row.status === 'failed')?.failure;
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
  return { run, status, message, counts, failure };
}

function eventOf({ run, status, counts, failure }: Conclusion): Parameters<typeof appendAudit>[2][number] {
  return {
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
  };
}
