import { type Database, inNaturalGroups } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { DocumentStore, StoredDocument } from '../documents/document-store.ts';
import { storable } from '../storable.ts';
import type { ItemPlace } from './item-changes.ts';
import { ItemTakenAway } from './item-taken-away.ts';
import type { LockConnection } from './run-locks.ts';

/** A step that an item has been through. It is not repeated. */
export interface FinishedStep {
  readonly stepId: string;
  readonly outcome: 'made' | 'published' | 'unchanged' | 'skipped';
  /** Where a publisher put it. */
  readonly publishedAs: string | null;
  /** What a model made of it. */
  readonly results: readonly StoredDocument[];
}

interface StepOfItem extends FinishedStep {
  readonly place: ItemPlace;
  readonly milliseconds: number;
}

export type FinishStep = (step: StepOfItem) => Promise<void>;

/**
 * Notes steps of many items, with what they made, in one statement; on the connection that holds the runs'
 * locks, and only of items that are under way.
 */
export function createFinishStep(connection: LockConnection): FinishStep {
  const finish = inNaturalGroups<StepOfItem, boolean>(async (steps) => {
    const results = steps.flatMap(({ results: documents }, place) =>
      documents.map(({ id }, position) => ({ place: place + 1, position, id })),
    );
    const { rows } = await sql<{ place: number }>`
      with step as (
        select s.* from unnest(${steps.map(({ place }) => place.organizationId)}::uuid[], ${steps.map(({ place }) => place.runId)}::uuid[],
          ${steps.map(({ place }) => place.itemId)}::uuid[], ${steps.map(({ stepId }) => stepId)}::uuid[],
          ${steps.map(({ outcome }) => outcome)}::text[],
          ${steps.map(({ publishedAs }) => publishedAs && storable(publishedAs))}::text[],
          ${steps.map(({ outcome, results: documents }) => (outcome === 'made' ? documents.length : null))}::integer[],
          ${steps.map(({ milliseconds }) => Math.round(milliseconds))}::integer[])
          with ordinality as s (organization_id, run_id, item_id, step_id, outcome, published_as, results, milliseconds, place)
        join run_item i on i.organization_id = s.organization_id and i.run_id = s.run_id and i.id = s.item_id and i.status = 'running'
      ), noted as (
        insert into item_step (organization_id, run_id, item_id, step_id, outcome, published_as, results, milliseconds)
        select organization_id, run_id, item_id, step_id, outcome, published_as, results, milliseconds from step
        on conflict (organization_id, run_id, item_id, step_id) do update set outcome = excluded.outcome,
          published_as = excluded.published_as, results = excluded.results, milliseconds = excluded.milliseconds, finished_at = now()
      ), kept as (
        insert into item_result (organization_id, run_id, item_id, step_id, position, document_id)
        select step.organization_id, step.run_id, step.item_id, step.step_id, r.position, r.document_id
        from unnest(${results.map(({ place }) => place)}::bigint[], ${results.map(({ position }) => position)}::integer[],
          ${results.map(({ id }) => id)}::uuid[]) as r (place, position, document_id)
        join step on step.place = r.place
        on conflict (organization_id, run_id, item_id, step_id, position) do update set document_id = excluded.document_id
      )
      select place from step`.execute(connection);
    const noted = new Set(rows.map(({ place }) => Number(place)));
    return steps.map((_, index) => noted.has(index + 1));
  });
  return async (step) => {
    if (!(await finish(step))) throw new ItemTakenAway('The item is not under way any more.');
  };
}

/**
 * What earlier attempts of an item have done, by step. One whose results are not kept any more is not among
 * them: it is done again.
 */
export async function readFinishedSteps(
  documents: DocumentStore,
  { organizationId, runId, itemId }: ItemPlace,
): Promise<Map<string, FinishedStep>> {
  const { db } = documents;
  const steps = await db
    .selectFrom('item_step')
    .select(['step_id', 'outcome', 'published_as', 'results'])
    .where('organization_id', '=', organizationId)
    .where('run_id', '=', runId)
    .where('item_id', '=', itemId)
    .execute();
  if (steps.length === 0) return new Map();
  const kept = await db
    .selectFrom('item_result as r')
    .innerJoin('document as d', (join) => join.onRef('d.organization_id', '=', 'r.organization_id').onRef('d.id', '=', 'r.document_id'))
    .select(['r.step_id', 'd.id', 'd.name', 'd.content_type', 'd.size', 'd.sha256'])
    .where('r.organization_id', '=', organizationId)
    .where('r.run_id', '=', runId)
    .where('r.item_id', '=', itemId)
    .orderBy('r.position')
    .execute();
  return new Map(
    steps.flatMap(({ step_id, outcome, published_as, results }) => {
      const own = kept.filter((result) => result.step_id === step_id);
      if (own.length < (results ?? 0)) return [];
      const made = own.map(({ id, name, content_type, size, sha256 }) => {
        const document = { id, name, contentType: content_type, size: Number(size), sha256: sha256.toString('hex') };
        return { ...document, read: () => documents.read(organizationId, document) };
      });
      return [[step_id, { stepId: step_id, outcome, publishedAs: published_as, results: made }] as const];
    }),
  );
}

/**
 * Names without their extension that several documents of a run have: `invoice` of `invoice.pdf` and
 * `invoice.docx`; and those that are the whole name of another: `invoice.pdf` of `invoice.pdf.txt`.
 */
export async function readSharedStems(
  db: Kysely<Database>,
  { organizationId, id }: { organizationId: string; id: string },
): Promise<Set<string>> {
  const { rows } = await sql<{ stem: string }>`
    select stem from run_item, unnest(array[
      regexp_replace(normalize(name, NFC), '([^/])\\.[^./]{1,16}$', '\\1'), normalize(name, NFC)]) as stem
    where organization_id = ${organizationId} and run_id = ${id} and status <> 'skipped'
    group by stem having count(distinct name) > 1`.execute(db);
  return new Set(rows.map(({ stem }) => stem));
}
