import { DOCUMENT_UNUSED_HOURS } from '@holdfast/api';
import { type DigestedDocument, documentsDetail } from '@holdfast/audit';
import { appendAudit, DATA_PLANE, type Database, locking, type Tx, transaction } from '@holdfast/db/data';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { sweepTickets } from './download.ts';

/** Of one transaction. */
const DOCUMENTS_AT_ONCE = 20;
const CHUNKS_AT_ONCE = 1_000;
/** One may have 10,000 documents, each with its steps. */
const RUNS_AT_ONCE = 10;

export interface SweepOptions {
  /** Documents of runs whose organization and workflow do not say otherwise. */
  readonly keptDays: number;
  /** Only what is kept for no time at all, as soon as its run has ended. */
  readonly onlyAtOnce?: boolean;
  /** Called in each transaction, and ends the sweep by throwing: see data/nodes. */
  readonly confirm?: Confirm;
}

/**
 * Removes, a few at a time: documents that no run took in time; documents, logs and then runs themselves that
 * are kept no longer after the end of the run, as the workflow says, or its organization, or the operator;
 * and chunks whose upload failed or whose run is gone. A run whose documents or log are gone says so. Answers
 * how many documents it removed. What is removed is on the record of the organization, in the same
 * transaction.
 */
export async function sweepDocuments(
  db: Kysely<Database>,
  now: Date,
  { keptDays, onlyAtOnce = false, confirm = async () => undefined }: SweepOptions,
): Promise<number> {
  const unusedBefore = new Date(now.getTime() - DOCUMENT_UNUSED_HOURS * 3_600_000);
  const organizations = await (onlyAtOnce ? organizationsThatKeepNothing(db) : organizationsWithDue(db, now, keptDays, unusedBefore));
  let removed = 0;
  for (const id of organizations) {
    const due: Due = { organizationId: id, now, keptDays };
    if (!onlyAtOnce) removed += await sweepAll(db, id, confirm, (tx) => removeUnused(tx, id, unusedBefore));
    removed += await sweepAll(db, id, confirm, (tx) => removeOfEndedRuns(tx, due));
    await repeatWhileFull(() => removeLogs(db, confirm, due));
    await repeatWhileFull(() => removeRuns(db, confirm, due));
  }
  if (!onlyAtOnce) {
    await removeLooseChunks(db, unusedBefore);
    await sweepTickets(db, now);
  }
  return removed;
}

interface Due {
  readonly organizationId: string;
  readonly now: Date;
  readonly keptDays: number;
}

/** Of a run `r` with its workflow `w` and what its organization says, `t`. */
const POLICY = sql`
  join workflow w on w.organization_id = r.organization_id and w.id = r.workflow_id
  left join retention t on t.organization_id = r.organization_id`;
const RUN_DAYS = sql`coalesce(w.run_days, t.run_days)`;
const LOG_DAYS = sql`coalesce(w.log_days, t.log_days)`;
/** A document goes at the latest when its run does. */
const documentDays = (keptDays: number) => sql`least(coalesce(w.document_days, t.document_days, ${keptDays}::integer), ${RUN_DAYS})`;
/** The run `r` ended so many days ago; not when there is no number: that is for ever. */
const endedFor = (days: RawBuilder<unknown>, now: Date) => sql`r.finished_at <= ${now}::timestamptz - make_interval(days => ${days})`;

async function organizationsWithDue(db: Kysely<Database>, now: Date, keptDays: number, unusedBefore: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select organization_id as id from document where run_id is null and created_at < ${unusedBefore}
    union select r.organization_id from run r ${POLICY}
    where (${endedFor(documentDays(keptDays), now)}
        and exists (select from document d where d.organization_id = r.organization_id and d.run_id = r.id))
      or (r.log_removed_at is null and ${endedFor(LOG_DAYS, now)}) or ${endedFor(RUN_DAYS, now)}`.execute(db);
  return rows.map(({ id }) => id);
}

async function organizationsThatKeepNothing(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select organization_id as id from retention where document_days = 0 or log_days = 0
    union select organization_id from workflow where document_days = 0 or log_days = 0`.execute(db);
  return rows.map(({ id }) => id);
}

async function repeatWhileFull(removeSome: () => Promise<boolean>): Promise<void> {
  while (await removeSome());
}

/** Of a few runs; answers whether there may be more. */
async function removeLogs(db: Kysely<Database>, confirm: Confirm, { organizationId, now }: Due): Promise<boolean> {
  return transaction(db, async (tx) => {
    await confirm(tx);
    locking(tx, 'run');
    const { rows } = await sql<{ id: string }>`
      select r.id from run r ${POLICY}
      where r.organization_id = ${organizationId} and r.log_removed_at is null and ${endedFor(LOG_DAYS, now)}
      order by r.id limit ${RUNS_AT_ONCE} for update of r`.execute(tx);
    if (rows.length === 0) return false;
    const ids = rows.map(({ id }) => id);
    await sql`delete from run_log where organization_id = ${organizationId} and run_id = any(${ids}::uuid[])`.execute(tx);
    await sql`update run set log_removed_at = now() where organization_id = ${organizationId} and id = any(${ids}::uuid[])`.execute(tx);
    await appendAudit(tx, organizationId, [
      { action: 'run.expire-log', actor: DATA_PLANE, outcome: 'success', detail: { runs: ids.length } },
    ]);
    return ids.length === RUNS_AT_ONCE;
  });
}

/**
 * The same of runs whose documents are gone, with everything that belongs to them. What they published of a
 * component stays known, so that a workflow that takes new documents only does not take it again, and so does
 * what may have arrived; and what they failed at, which a connector that is asked for new documents leaves.
 */
async function removeRuns(db: Kysely<Database>, confirm: Confirm, { organizationId, now }: Due): Promise<boolean> {
  return transaction(db, async (tx) => {
    await confirm(tx);
    locking(tx, 'run');
    const { rows } = await sql<{ id: string; name: string }>`
      select r.id, w.name || ' #' || r.number as name from run r ${POLICY}
      where r.organization_id = ${organizationId} and ${endedFor(RUN_DAYS, now)}
        and not exists (select from document d where d.organization_id = r.organization_id and d.run_id = r.id)
      order by r.id limit ${RUNS_AT_ONCE} for update of r`.execute(tx);
    if (rows.length === 0) return false;
    const ids = rows.map(({ id }) => id);
    await sql`
      insert into published_reference as p (organization_id, workflow_id, source, reference, version, failed)
      select r.organization_id, r.workflow_id, i.source, i.reference, coalesce(i.version, ''),
        bool_and(i.status = 'failed' and i.failure ->> 'code' is distinct from 'publication_uncertain')
      from run r join run_item i on i.organization_id = r.organization_id and i.run_id = r.id
      where r.organization_id = ${organizationId} and r.id = any(${ids}::uuid[]) and i.reference is not null and i.source is not null
        and (i.status in ('published', 'unchanged', 'failed') or (i.status = 'skipped' and i.failure ->> 'code' = 'condition_false'))
      group by 1, 2, 3, 4, 5
      on conflict (organization_id, workflow_id, source, reference, version) do update set failed = false
        where p.failed and not excluded.failed`.execute(tx);
    await sql`delete from run where organization_id = ${organizationId} and id = any(${ids}::uuid[])`.execute(tx);
    const detail = { runs: rows.length, first: rows[0]?.name ?? '' };
    await appendAudit(tx, organizationId, [{ action: 'run.expire', actor: DATA_PLANE, outcome: 'success', detail }]);
    return rows.length === RUNS_AT_ONCE;
  });
}

interface RemovedDocument extends DigestedDocument {
  /** `null`: no run had taken it. */
  readonly runId: string | null;
}
type Remove = (tx: Tx) => Promise<RemovedDocument[]>;
type Confirm = (tx: Tx) => Promise<void>;

async function sweepAll(db: Kysely<Database>, organizationId: string, confirm: Confirm, remove: Remove): Promise<number> {
  let removed = 0;
  for (let count = DOCUMENTS_AT_ONCE; count === DOCUMENTS_AT_ONCE; removed += count) {
    count = await sweepSome(db, organizationId, confirm, remove);
  }
  return removed;
}

/**
 * The rows first: a run that takes a document at this moment has it or does not find it, never without its
 * bytes.
 */
async function sweepSome(db: Kysely<Database>, organizationId: string, confirm: Confirm, remove: Remove): Promise<number> {
  return transaction(db, async (tx) => {
    await confirm(tx);
    const rows = await remove(tx);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await sql`delete from document_chunk where organization_id = ${organizationId} and document_id = any(${ids}::uuid[])`.execute(tx);
    await markRuns(tx, organizationId, rows);
    await appendAudit(tx, organizationId, [
      {
        action: 'document.expire',
        actor: DATA_PLANE,
        outcome: 'success',
        detail: documentsDetail(rows),
      },
    ]);
    return rows.length;
  });
}

async function removeUnused(tx: Tx, organizationId: string, before: Date): Promise<RemovedDocument[]> {
  const { rows } = await sql<RemovedDocument>`
    delete from document where organization_id = ${organizationId} and id in (
      select id from document where organization_id = ${organizationId} and run_id is null and created_at < ${before}
      order by id limit ${DOCUMENTS_AT_ONCE}) and run_id is null
    returning id, size, sha256, run_id as "runId"`.execute(tx);
  return rows;
}

/**
 * A run that is taken up again at this moment keeps its documents: who is first has its row. So does a run
 * that takes them over: it changes whose they are, and the deletion looks at that again once it has waited.
 * So does one from which another has taken them over, until it has ended. Documents that a run made after its
 * others were removed go as well.
 */
async function removeOfEndedRuns(tx: Tx, { organizationId, now, keptDays }: Due): Promise<RemovedDocument[]> {
  locking(tx, 'run');
  const { rows: due } = await sql<{ id: string; runId: string }>`
    select d.id, r.id as "runId" from run r ${POLICY} join document d on d.organization_id = r.organization_id and d.run_id = r.id
    where r.organization_id = ${organizationId} and ${endedFor(documentDays(keptDays), now)}
      and not exists (select from run_item i join run o on o.organization_id = i.organization_id and o.id = i.run_id
        where i.organization_id = d.organization_id and i.document_id = d.id and o.finished_at is null)
    order by d.id limit ${DOCUMENTS_AT_ONCE} for share of r`.execute(tx);
  if (due.length === 0) return [];
  const { rows } = await sql<RemovedDocument>`
    delete from document d where d.organization_id = ${organizationId} and d.id = any(${due.map(({ id }) => id)}::uuid[])
      and d.run_id = any(${[...new Set(due.map(({ runId }) => runId))]}::uuid[])
    returning d.id, d.size, d.sha256, d.run_id as "runId"`.execute(tx);
  return rows;
}

/** Every run that had one of these documents or made it, and has none left. */
async function markRuns(tx: Tx, organizationId: string, removed: readonly RemovedDocument[]): Promise<void> {
  await sql`
    update run r set documents_removed_at = now()
    where r.organization_id = ${organizationId} and r.documents_removed_at is null
      and r.id in (select i.run_id from run_item i
        where i.organization_id = ${organizationId} and i.document_id = any(${removed.map(({ id }) => id)}::uuid[])
        union all select unnest(${removed.flatMap(({ runId }) => runId ?? [])}::uuid[]))
      and not exists (select from run_item i join document d on d.organization_id = i.organization_id and d.id = i.document_id
        where i.organization_id = r.organization_id and i.run_id = r.id)
      and not exists (select from document d where d.organization_id = r.organization_id and d.run_id = r.id)`.execute(tx);
}

/**
 * A UUIDv7 begins with its time: chunks younger than `before` may belong to an upload that is still under
 * way.
 */
async function removeLooseChunks(db: Kysely<Database>, before: Date): Promise<void> {
  for (let removed = CHUNKS_AT_ONCE; removed === CHUNKS_AT_ONCE; ) {
    const { numAffectedRows } = await sql`
      delete from document_chunk where (organization_id, document_id, number) in (
        select c.organization_id, c.document_id, c.number from document_chunk c
        where c.document_id < ${firstUuidAt(before)}::uuid
          and not exists (select from document d where d.organization_id = c.organization_id and d.id = c.document_id)
        limit ${CHUNKS_AT_ONCE})`.execute(db);
    removed = Number(numAffectedRows ?? 0n);
  }
}

function firstUuidAt(time: Date): string {
  const digits = time.getTime().toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7000-8000-000000000000`;
}
