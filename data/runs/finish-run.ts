import { ERROR_CODES, type Failure, type ItemCounts, itemCountsInWords } from '@holdfast/api';
import { type AuditEvent, canonicalBody } from '@holdfast/audit';
import {
  changeInOneStatement,
  DATA_PLANE,
  type Database,
  FOLLOWED_COLUMNS,
  type FollowedRow,
  followedEntries,
  inNaturalGroupsByKey,
  type RunCounts,
  withinDeadline,
} from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { DataEvents } from '../metrics.ts';
import type { RecordFollower } from '../record/follower.ts';
import { storableJson } from '../storable.ts';
import type { Run } from './run.ts';
import type { LockConnection } from './run-locks.ts';
import { type FailureInWords, failureInWords, shortened } from './run-log.ts';
import type { RunEnd } from './run-stop.ts';

export interface EndOfRun {
  readonly run: Run;
  readonly stop: RunEnd;
  /** In which state it is ended; in any other, nothing happens. */
  readonly from: 'queued' | 'running';
}

type Follower = Pick<RecordFollower, 'handOver'>;

/** Ends a run: its state, the last line of its log, and its event on the record, in one statement. */
export type FinishRun = (end: EndOfRun) => Promise<void>;

/**
 * Runs of one organization that end at the same time are ended in one statement.
 *
 * @param connection holds the locks of the runs: it fails when they are lost, so that a run is not ended that
 *   another process works on by now.
 */
export function createFinishRun(
  db: Kysely<Database>,
  connection: LockConnection,
  events: Pick<DataEvents, 'runEnded'>,
  follower: Follower,
): FinishRun {
  return finishOver(db, connection, events, follower);
}

/** The same for runs that wait, whose locks nobody holds. */
export function createFinishWaiting(
  db: Kysely<Database>,
  events: Pick<DataEvents, 'runEnded'>,
  follower: Follower,
): (end: EndOfRun & { readonly from: 'queued' }) => Promise<void> {
  return finishOver(db, db, events, follower);
}

function finishOver(
  db: Kysely<Database>,
  connection: Kysely<Database>,
  events: Pick<DataEvents, 'runEnded'>,
  follower: Follower,
): FinishRun {
  return inNaturalGroupsByKey(
    ({ run }) => run.organizationId,
    async (ends) => {
      const conclusions = await conclude(connection, ends);
      const concluded = await changeInOneStatement(db, (one) => write(one, ends, conclusions, follower));
      for (const { status } of concluded) events.runEnded(status);
      return ends.map(() => undefined);
    },
  );
}

/**
 * One statement, so that the record's head, which every use of the organization needs, is locked for no
 * longer than its commit takes. Answers what was written: not a run that was deleted with its workflow
 * meanwhile, or ended by another process.
 */
async function write(
  db: Kysely<Database>,
  ends: readonly EndOfRun[],
  conclusions: readonly Conclusion[],
  follower: Follower,
): Promise<Conclusion[]> {
  const organizationId = ends[0]?.run.organizationId ?? '';
  const bodies = conclusions.map((conclusion) => canonicalBody(eventOf(conclusion)));
  const { rows } = await sql<FollowedRow & { places: number[] }>`
    with conclusion as materialized (
      select * from unnest(${ends.map(({ run }) => run.id)}::uuid[], ${ends.map(({ from }) => from)}::text[],
        ${conclusions.map(({ status }) => status)}::text[],
        ${conclusions.map(({ failure }) => (failure === null ? null : storableJson(failure)))}::text[],
        ${conclusions.map(({ line }) => shortened(line.message))}::text[],
        ${conclusions.map(({ line }) => (line.withoutNames === null ? null : shortened(line.withoutNames)))}::text[], ${bodies}::text[],
        ${conclusions.map(({ counts }) => JSON.stringify(counts))}::text[])
        with ordinality as c (id, was, status, failure, message, without_names, body, counts, place)
    ), ended as (
      update run r set status = c.status, finished_at = now(), failure = c.failure::jsonb, counts = c.counts::jsonb
      from conclusion c where r.organization_id = ${organizationId} and r.id = c.id and r.status = c.was
      returning c.id, c.status, c.message, c.without_names, c.body, c.place
    ), line as (
      insert into run_log (organization_id, run_id, level, message, message_without_names)
      select ${organizationId}, id, case status when 'failed' then 'error' else 'info' end, message, without_names from ended order by place
    ), written as (
      select array_agg(body order by place) as bodies, array_agg(place::integer order by place) as places from ended having count(*) > 0
    )
    select written.places, ${FOLLOWED_COLUMNS}
    from written cross join lateral append_audit(${withinDeadline(organizationId)}, written.bodies, true) appended`.execute(db);
  const [row] = rows;
  if (row === undefined) return [];
  await follower.handOver(
    organizationId,
    followedEntries(
      row,
      row.places.map((place) => bodies[place - 1] ?? ''),
    ),
  );
  return row.places.flatMap((place) => conclusions[place - 1] ?? []);
}

interface Conclusion {
  readonly run: Run;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly line: FailureInWords;
  readonly counts: RunCounts;
  readonly failure: (Failure & { readonly component: unknown; readonly secretName: string | null }) | null;
}

interface CountRow {
  readonly place: number;
  readonly status: keyof ItemCounts;
  readonly documents: number;
  readonly size: number;
  readonly sent: number;
  readonly failure: Failure | null;
}

async function conclude(connection: Kysely<Database>, ends: readonly EndOfRun[]): Promise<Conclusion[]> {
  const { rows } = await sql<CountRow>`
    select c.place, i.status, count(*) as documents, sum(i.size)::bigint as size, sum(i.sent)::bigint as sent,
      (array_agg(i.failure order by i.id))[1] as failure
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

/** What is there already, and what was left out, is not sent. */
function bytesOf(rows: readonly CountRow[]): RunCounts['bytes'] {
  const bytes = { total: 0, sent: 0 };
  for (const { status, size, sent } of rows) {
    if (status !== 'unchanged' && status !== 'skipped') bytes.total += Number(size);
    if (status !== 'unchanged') bytes.sent += Number(status === 'published' ? size : sent);
  }
  return bytes;
}

function conclusionOf({ run, stop }: EndOfRun, rows: readonly CountRow[]): Conclusion {
  const count = (status: CountRow['status']) => Number(rows.find((row) => row.status === status)?.documents ?? 0);
  const total = rows.reduce((sum, row) => sum + Number(row.documents), 0);
  const lost = count('failed');
  const counts: RunCounts = {
    total,
    waiting: count('waiting'),
    running: count('running'),
    published: count('published'),
    unchanged: count('unchanged'),
    skipped: count('skipped'),
    failed: lost,
    bytes: bytesOf(rows),
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
        : stop.kind === 'done' && counts.waiting + counts.running > 0
          ? {
              code: 'documents_not_sent',
              detail:
                counts.running > 0
                  ? `${counts.waiting + counts.running} of ${total} documents were not sent to their end.`
                  : `${counts.waiting} of ${total} documents were not sent: others of the run were chosen to be tried again.`,
              remedy: ERROR_CODES.documents_not_sent.remedy,
              component: null,
              secretName: null,
            }
          : null;
  const status = stop.kind === 'cancelled' ? 'cancelled' : failure === null ? 'succeeded' : 'failed';
  const line =
    failure !== null && status === 'failed'
      ? failureInWords(failure, (detail) => `The run failed: ${inWords}. ${detail}`)
      : { message: status === 'cancelled' ? `The run was cancelled: ${inWords}.` : `The run ended: ${inWords}.`, withoutNames: null };
  return { run, status, line, counts, failure };
}

function eventOf({ run, status, counts, failure }: Conclusion): AuditEvent {
  return {
    action: 'run.finish',
    actor: DATA_PLANE,
    outcome: status === 'failed' ? 'failed' : 'success',
    target: { kind: 'run', id: run.id, name: `${run.workflowName} #${run.number}` },
    context: { project: run.projectName, workflow: run.workflowName, run: run.id },
    detail: {
      status,
      published: counts.published,
      unchanged: counts.unchanged,
      leftOut: counts.skipped,
      failed: counts.failed,
      notTried: counts.waiting + counts.running,
      ...(failure !== null && { code: failure.code }),
    },
  };
}
