import type { Run, RunSteps } from '@holdfast/api';
import type { Database, WorkflowDefinition } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import { shownDefinition } from '../workflows/describe-definition.ts';
import { componentsById } from '../workflows/read-workflows.ts';
import { componentsOf } from '../workflows/save-definition.ts';
import { runNotFound } from './read-runs.ts';
import type { RunPlace } from './run-place.ts';

interface CountRow {
  /** In the order of the steps, from 0. */
  place: number;
  state: 'done' | 'skipped' | 'running' | 'failed';
  documents: number;
  milliseconds: number | null;
}

/**
 * What a run does, as it was when it started, and how many of its documents each step has done, has before it
 * now, or failed with. A document is at the first step that is not noted as done. Throws `not_found`.
 *
 * @param items of the run, where they are counted already: they say all of a run of one step.
 */
export async function readRunSteps(db: Kysely<Database>, { organizationId, runId }: RunPlace, items?: Run['items']): Promise<RunSteps> {
  const run = await db
    .selectFrom('run')
    .select(['definition', 'counts'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', runId)
    .executeTakeFirst();
  if (run === undefined) throw runNotFound();
  const definition = run.definition as WorkflowDefinition;
  const [components, counts] = await Promise.all([
    componentsById(db, organizationId, componentsOf(definition)),
    countsOfOne(definition, items ?? run.counts) ?? readCounts(db, { organizationId, runId }, definition),
  ]);
  const { sources, steps } = shownDefinition(definition, components);
  return {
    sources,
    steps: steps.map((step, place) => {
      const of = (state: CountRow['state']) => counts.find((row) => row.place === place && row.state === state);
      return {
        ...step,
        documents: {
          done: of('done')?.documents ?? 0,
          skipped: of('skipped')?.documents ?? 0,
          running: of('running')?.documents ?? 0,
          failed: of('failed')?.documents ?? 0,
        },
        milliseconds: of('done')?.milliseconds ?? null,
      };
    }),
  };
}

/** The end of the only step is the document's: its documents need not be counted. */
function countsOfOne({ steps }: WorkflowDefinition, items: Run['items'] | null): CountRow[] | undefined {
  if (steps.length !== 1 || items === null) return undefined;
  const { published, unchanged, skipped, running, failed } = items;
  const counts = { done: published + unchanged, skipped, running, failed };
  return Object.entries(counts).map(([state, documents]) => ({
    place: 0,
    state: state as CountRow['state'],
    documents,
    milliseconds: null,
  }));
}

async function readCounts(db: Kysely<Database>, { organizationId, runId }: RunPlace, { steps }: WorkflowDefinition): Promise<CountRow[]> {
  // The end of the only step is the document's: none is noted.
  const ofItems = steps.length > 1 ? sql`i.status in ('running', 'failed')` : sql`i.status <> 'waiting'`;
  const { rows } = await sql<CountRow>`
    select array_position(${steps.map(({ id }) => id)}::uuid[], s.step_id) - 1 as place,
      case s.outcome when 'skipped' then 'skipped' else 'done' end as state,
      count(*)::integer as documents, avg(s.milliseconds)::float8 as milliseconds
    from item_step s
    where s.organization_id = ${organizationId} and s.run_id = ${runId} and ${steps.length > 1}
    group by 1, 2
    union all
    select at.place, at.state, count(*)::integer, null
    from (
      select case i.status when 'running' then 'running' when 'failed' then 'failed' when 'skipped' then 'skipped' else 'done' end as state,
        (select count(*)::integer from item_step s
          where s.organization_id = i.organization_id and s.run_id = i.run_id and s.item_id = i.id and ${steps.length > 1}) as place
      from run_item i
      where i.organization_id = ${organizationId} and i.run_id = ${runId} and ${ofItems}
    ) at
    group by 1, 2`.execute(db);
  return rows;
}
