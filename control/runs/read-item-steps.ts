import type { RunItem } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import type { ItemsPlace } from './run-place.ts';

type ItemStep = RunItem['steps'][number];

interface StepRow {
  item_id: string;
  name: string;
  outcome: ItemStep['outcome'];
  published_as: string | null;
  results: { id: string | null; name: string; size: number }[] | null;
  milliseconds: number;
}

/** How many results of a step are named; `made` says how many there are. */
const NAMED_RESULTS = 20;

/**
 * The steps that items of a run have been through, in the order of the run; of a run of one step there are
 * none.
 */
export async function readItemSteps(
  db: Kysely<Database>,
  { organizationId, runId, bucketIsReached }: ItemsPlace,
  itemIds: readonly string[],
): Promise<Map<string, ItemStep[]>> {
  const { rows } = await sql<StepRow & { made: number | null }>`
    select s.item_id, step.value ->> 'name' as name, s.outcome, s.published_as, s.results as made, s.milliseconds, named.results
    from item_step s
    join run r on r.organization_id = s.organization_id and r.id = s.run_id
    cross join lateral jsonb_array_elements(r.definition -> 'steps') with ordinality as step (value, place)
    cross join lateral (
      select jsonb_agg(jsonb_build_object('id', case when not d.in_bucket or ${bucketIsReached}::boolean then d.id end, 'name', d.name, 'size', d.size) order by i.position) as results
      from item_result i join document d on d.organization_id = i.organization_id and d.id = i.document_id
      where i.organization_id = s.organization_id and i.run_id = s.run_id and i.item_id = s.item_id and i.step_id = s.step_id
        and i.position < ${NAMED_RESULTS}
    ) named
    where s.organization_id = ${organizationId} and s.run_id = ${runId} and s.item_id = any(${itemIds}::uuid[])
      and (step.value ->> 'id')::uuid = s.step_id
    order by s.item_id, step.place`.execute(db);
  const steps = new Map<string, ItemStep[]>();
  for (const { item_id, name, outcome, published_as, made, results, milliseconds } of rows) {
    const step = { name, outcome, publishedAs: published_as, made, results: results ?? [], milliseconds };
    steps.set(item_id, [...(steps.get(item_id) ?? []), step]);
  }
  return steps;
}
