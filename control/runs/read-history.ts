import type { RunHistory } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import { refuseUnknownZone } from './unknown-zone.ts';

export interface HistoryQuery {
  readonly days: number;
  /** Whose midnight begins a day. */
  readonly zone: string;
  readonly workflow?: string | undefined;
  readonly project?: string | undefined;
}

interface DayRow {
  day: string;
  succeeded: number;
  failed: number;
  cancelled: number;
  published: number;
  unchanged: number;
  skipped: number;
  lost: number;
  median: number | null;
  slowest: number | null;
}

/**
 * What runs that ended in the last days came to, day by day in the reader's zone, the last day being today;
 * days without runs as well. One statement, over the rows of these runs alone: what they came to stands in
 * them.
 *
 * Throws `invalid_request` for a zone that PostgreSQL does not know.
 */
export async function readHistory(
  db: Kysely<Database>,
  organizationId: string,
  { days, zone, workflow, project }: HistoryQuery,
): Promise<RunHistory['days']> {
  const ofWorkflow = workflow === undefined ? sql`true` : sql`r.workflow_id = ${workflow}`;
  const ofProject = project === undefined ? sql`true` : sql`r.project_id = ${project}`;
  const count = (name: string) => sql`coalesce(sum((e.counts ->> ${sql.lit(name)})::bigint), 0)::bigint`;
  const found = sql<DayRow>`
    with today as (select (now() at time zone ${zone})::date as day),
    day as (select (today.day - back)::date as day from today cross join generate_series(0, ${days}::integer - 1) as back),
    ended as (
      select (r.finished_at at time zone ${zone})::date as day, r.status, r.counts,
        extract(epoch from r.finished_at - r.started_at) * 1000 as milliseconds
      from run r cross join today
      where r.organization_id = ${organizationId} and ${ofWorkflow} and ${ofProject}
        and r.finished_at >= (today.day - (${days}::integer - 1))::timestamp at time zone ${zone}
    )
    select to_char(day.day, 'YYYY-MM-DD') as day,
      count(*) filter (where e.status = 'succeeded') as succeeded, count(*) filter (where e.status = 'failed') as failed,
      count(*) filter (where e.status = 'cancelled') as cancelled,
      ${count('published')} as published, ${count('unchanged')} as unchanged, ${count('skipped')} as skipped, ${count('failed')} as lost,
      percentile_cont(0.5) within group (order by e.milliseconds)::float8 as median,
      percentile_cont(0.95) within group (order by e.milliseconds)::float8 as slowest
    from day left join ended e on e.day = day.day
    group by day.day order by day.day`;
  const { rows } = await found.execute(db).catch(refuseUnknownZone);
  return rows.map(({ day, succeeded, failed, cancelled, published, unchanged, skipped, lost, median, slowest }) => ({
    day,
    runs: { succeeded, failed, cancelled },
    documents: { published, unchanged, skipped, failed: lost },
    milliseconds: median === null || slowest === null ? null : { median: Math.round(median), slowest: Math.round(slowest) },
  }));
}
