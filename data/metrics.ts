import type { Database } from '@holdfast/db/data';
import { createCounter, createDurations, createGauge, type Metrics, refreshBeforeAnswer } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { RecordFollower } from './record/follower.ts';

/** What happens in a data plane and is counted, beside being logged or recorded where it happens. */
export interface DataEvents {
  /** @param code of the failure, one of packages/api/error-codes.ts; empty for a success. */
  useConcluded(outcome: string, code: string): void;
  useRefused(code: string): void;
  /** @param waitedSeconds from the moment when somebody started it to its first slot. */
  runStarted(waitedSeconds: number): void;
  runEnded(status: 'succeeded' | 'failed' | 'cancelled'): void;
  connected(): void;
  /** Nothing was sent. @param code `destination_refused` or `address_refused`. */
  connectionRefused(code: string): void;
  connectionFailed(): void;
}

const nothing = () => undefined;

/** For tests, and while metrics are off. */
export const NOT_COUNTED: DataEvents = {
  useConcluded: nothing,
  useRefused: nothing,
  runStarted: nothing,
  runEnded: nothing,
  connected: nothing,
  connectionRefused: nothing,
  connectionFailed: nothing,
};

export function countDataEvents(metrics: Metrics): DataEvents {
  const uses = createCounter(metrics, 'holdfast_uses_total', 'Uses of secret values that were concluded', ['outcome', 'code'] as const);
  const refusals = createCounter(metrics, 'holdfast_use_refusals_total', 'Uses that were refused before a value was opened', [
    'code',
  ] as const);
  const runs = createCounter(metrics, 'holdfast_runs_ended_total', 'Runs that this node ended', ['status'] as const);
  const waits = createDurations(metrics, 'holdfast_run_wait_seconds', 'From the start of a run to its first slot', [] as const, 'wait');
  const egress = createCounter(
    metrics,
    'holdfast_egress_connections_total',
    'Connections to services: made, failed, refused before dialling',
    ['result', 'code'] as const,
  );
  return {
    useConcluded: (outcome, code) => uses.inc({ outcome, code }),
    useRefused: (code) => refusals.inc({ code }),
    runStarted: (seconds) => waits.observe(Math.max(seconds, 0)),
    runEnded: (status) => runs.inc({ status }),
    connected: () => egress.inc({ result: 'connected', code: '' }),
    connectionRefused: (code) => egress.inc({ result: 'refused', code }),
    connectionFailed: () => egress.inc({ result: 'failed', code: '' }),
  };
}

const QUEUE_SECONDS = 5;
/** These read a row of every organization. */
const RECORD_SECONDS = 30;

/**
 * What is looked up in the database when somebody asks. Every node answers the same of it, but for what it
 * found out by itself.
 *
 * @returns what to await before the metrics are answered.
 */
export function gaugeDataPlane(
  metrics: Metrics,
  {
    db,
    follower,
    leads,
    slots,
  }: {
    readonly db: Kysely<Database>;
    readonly follower: Pick<RecordFollower, 'stopped'>;
    readonly leads: () => boolean;
    readonly slots: { readonly all: number; taken(): number };
  },
): (() => Promise<void>)[] {
  const waiting = createGauge(metrics, 'holdfast_runs', 'Runs that have not ended, on all nodes', ['status'] as const);
  const oldest = createGauge(metrics, 'holdfast_runs_oldest_waiting_seconds', 'How long the oldest run waits for a slot', [] as const);
  const jobs = createGauge(metrics, 'holdfast_jobs', 'Other jobs that wait or are worked on, on all nodes', ['queue', 'state'] as const);
  const nodes = createGauge(metrics, 'holdfast_nodes', 'Nodes that run', ['plane'] as const);
  const leader = createGauge(metrics, 'holdfast_periodic_work', '1 on the node that does the periodic work', [] as const);
  const slot = createGauge(metrics, 'holdfast_run_slots', 'Slots of this node', ['state'] as const);
  const entries = createGauge(metrics, 'holdfast_record_entries', 'Entries of all audit records', [] as const);
  const unsigned = createGauge(metrics, 'holdfast_record_unsigned_entries', 'Entries beyond the newest signed checkpoint', [] as const);
  const unsignedFor = createGauge(
    metrics,
    'holdfast_record_unsigned_seconds',
    'Since when an organization with such entries is not signed',
    [] as const,
  );
  const stopped = createGauge(
    metrics,
    'holdfast_record_stopped_organizations',
    'Organizations whose record does not verify at this node',
    [] as const,
  );

  async function lookAtQueue(): Promise<void> {
    const runs = await sql<{ status: 'queued' | 'running'; runs: string; oldest: number | null }>`
      select status, count(*) as runs, extract(epoch from now() - min(created_at))::float8 as oldest from run
      where status in ('queued', 'running') group by status`.execute(db);
    for (const status of ['queued', 'running'] as const) {
      waiting.set({ status }, Number(runs.rows.find((row) => row.status === status)?.runs ?? 0));
    }
    oldest.set(runs.rows.find((row) => row.status === 'queued')?.oldest ?? 0);
    const others = await sql<{ queue: string; state: string; jobs: string }>`
      select name as queue, state::text, count(*) as jobs from queue.job where state < 'completed' group by name, state`.execute(db);
    jobs.reset();
    for (const { queue, state, jobs: count } of others.rows) jobs.set({ queue, state }, Number(count));
    const live = await sql<{ plane: 'control' | 'data'; nodes: string }>`
      select plane, count(*) as nodes from live_node group by plane`.execute(db);
    for (const plane of ['control', 'data'] as const)
      nodes.set({ plane }, Number(live.rows.find((row) => row.plane === plane)?.nodes ?? 0));
  }

  async function lookAtRecord(): Promise<void> {
    const { rows } = await sql<{ entries: number | null; unsigned: number | null; since: number | null }>`
      select sum(h.sequence)::float8 as entries, sum(h.sequence - least(coalesce(s.size, 0), h.sequence))::float8 as unsigned,
        extract(epoch from now() - min(coalesce(s.verified_at, h.last_time)) filter (where h.sequence > coalesce(s.size, 0)))::float8 as since
      from audit_head h left join record_state s on s.organization_id = h.organization_id`.execute(db);
    entries.set(rows[0]?.entries ?? 0);
    unsigned.set(rows[0]?.unsigned ?? 0);
    unsignedFor.set(Math.max(rows[0]?.since ?? 0, 0));
  }

  return [
    refreshBeforeAnswer(metrics, 'queue', QUEUE_SECONDS, lookAtQueue),
    refreshBeforeAnswer(metrics, 'record', RECORD_SECONDS, lookAtRecord),
    async () => {
      leader.set(leads() ? 1 : 0);
      slot.set({ state: 'taken' }, slots.taken());
      slot.set({ state: 'free' }, Math.max(slots.all - slots.taken(), 0));
      stopped.set(follower.stopped().size);
    },
  ];
}
