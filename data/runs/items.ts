import { createHash } from 'node:crypto';
import type { Failure } from '@holdfast/api';
import { type Database, inNaturalGroups, MAY_HAVE_BEEN_SENT, type Tx, UNCERTAIN } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { DEFAULT_RETRY } from './retry.ts';
import type { Run } from './run.ts';
import type { LockConnection } from './run-locks.ts';
import type { RunLog } from './run-log.ts';

/** A document that waits to be published. */
export interface WaitingItem {
  readonly id: string;
  readonly documentId: string | null;
  /** The source that it was listed from; `null` when it was uploaded. */
  readonly source: string | null;
  /** Finds it in the component that it comes from; `null` for any other. */
  readonly reference: string | null;
  /** As people named it. */
  readonly name: string;
  /** The name to publish under, in NFC: unique in the run unless the bytes are the same. */
  readonly publishName: string;
  readonly contentType: string;
  readonly size: number;
  /** Of former turns of the run: it may be what ended one of them. */
  readonly attempts: number;
  /** Lower-case hex; `undefined` for a document of a folder, which has to be read for it. */
  readonly sha256: string | undefined;
}

const PAGE = 200;
/** Less than the id of any item. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** A document that a process which died had begun, and that has failed. */
export interface InterruptedItem {
  readonly id: string;
  readonly name: string;
  readonly failure: Failure;
}

/**
 * What a process that died was working on waits again; but what it may have sent to a service that would not
 * know it again has failed, and is for people to try again. So has what had as many attempts as a document
 * has: it may be what ended the process. What was only claimed ahead, or was done and its result held, has
 * had its first attempt counted for it, and no other (claim-items.ts). Only who holds the run's lock knows
 * that no process works on it, or its row while it waits for a slot.
 *
 * @returns what has failed so.
 */
export async function returnInterrupted(
  connection: LockConnection | Tx,
  organizationId: string,
  runId: string,
): Promise<readonly InterruptedItem[]> {
  const { rows } = await sql<{ id: string; name: string; failure: Failure | null }>`
    update run_item i set sent = 0, sending_step = null,
      status = case when found.failure is not null then 'failed' else 'waiting' end,
      failure = coalesce(found.failure, i.failure),
      finished_at = case when found.failure is not null then now() else i.finished_at end
    from (
      select i.id, case
        when ${sql.raw(MAY_HAVE_BEEN_SENT)} then ${JSON.stringify(UNCERTAIN)}::jsonb
        when i.attempts >= ${DEFAULT_RETRY.attempts} then ${JSON.stringify(ENDED_EACH_TIME)}::jsonb end as failure
      from run_item i
      where i.organization_id = ${organizationId} and i.run_id = ${runId} and i.status = 'running'
    ) found
    where i.organization_id = ${organizationId} and i.run_id = ${runId} and i.id = found.id
    returning i.id, i.name, found.failure`.execute(connection);
  return rows.flatMap(({ id, name, failure }) => (failure === null ? [] : [{ id, name, failure }]));
}

/** Says in the run's log what {@link returnInterrupted} found. */
export async function logInterrupted(log: RunLog, items: readonly InterruptedItem[]): Promise<void> {
  for (const { id, name, failure } of items) await log.write('error', `“${name}”: ${failure.detail} ${failure.remedy}`, id);
}

/** What is shown of a document that a process which ended had begun, in the last of its attempts. */
const ENDED_EACH_TIME: Failure = {
  code: 'run_interrupted',
  detail: `The data plane ended while it worked on this document, or lost its database, in the last of ${DEFAULT_RETRY.attempts} attempts.`,
  remedy:
    'Try this document again by itself. If it ends so again, leave it out: the operator finds in the log of the data plane what it does there.',
};

interface ItemRow {
  readonly id: string;
  readonly documentId: string | null;
  readonly source: string | null;
  readonly reference: string | null;
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly attempts: number;
  readonly status: string;
  /** It is not for this turn of the run. */
  readonly held: boolean;
  readonly sha256: Buffer | null;
}

/** A page of a run's items after one of them, in the order of their ids. */
type ReadItemPage = (page: { readonly organizationId: string; readonly runId: string; readonly after: string }) => Promise<ItemRow[]>;

/** Pages of many runs are read together. */
export function createItemReader(db: Kysely<Database>): ReadItemPage {
  return inNaturalGroups(
    async (pages) => {
      const { rows } = await sql<ItemRow & { page: number }>`
      select asked.page, item.* from unnest(${pages.map(({ organizationId }) => organizationId)}::uuid[],
        ${pages.map(({ runId }) => runId)}::uuid[], ${pages.map(({ after }) => after)}::uuid[])
        with ordinality as asked (organization_id, run_id, after, page)
      cross join lateral (
        select i.id, i.document_id as "documentId", i.source, i.reference, i.name, i.content_type as "contentType", i.size, i.attempts,
          i.status, i.held, d.sha256
        from run_item i left join document d on d.organization_id = i.organization_id and d.id = i.document_id
        where i.organization_id = asked.organization_id and i.run_id = asked.run_id and i.id > asked.after
        order by i.id limit ${PAGE}
      ) item order by asked.page, item.id`.execute(db);
      return pages.map((_, index) => rows.filter(({ page }) => page === index + 1));
    },
    { maximum: 16 },
  );
}

/** The names in a run that stand for more than one document. */
interface SharedNames {
  /** Of uploaded documents that hold different bytes. */
  readonly ambiguous: ReadonlySet<string>;
  /** In NFC, of files of a folder that spell them differently. */
  readonly spellings: ReadonlySet<string>;
  /** In NFC, that documents of several sources have. */
  readonly ofSeveralSources: ReadonlySet<string>;
}

/** Items that wait, in the order of the run; no more than a page of them is in memory. */
export async function* waitingItems(db: Kysely<Database>, readPage: ReadItemPage, run: Run): AsyncGenerator<WaitingItem> {
  const place = { organizationId: run.organizationId, runId: run.id };
  let names: SharedNames | undefined;
  for (let after = BEFORE_ALL; ; ) {
    const page = await readPage({ ...place, after });
    const last = page.at(-1);
    if (last === undefined) return;
    // A run of one page shows by itself which names it has twice.
    names ??= after === BEFORE_ALL && page.length < PAGE ? sharedNamesOf(page) : await readSharedNames(db, run);
    for (const row of page) if (row.status === 'waiting' && !row.held) yield toWaiting(row, names);
    if (page.length < PAGE) return;
    after = last.id;
  }
}

function toWaiting(row: ItemRow, shared: SharedNames): WaitingItem {
  const sha256 = row.sha256?.toString('hex');
  return {
    id: row.id,
    documentId: row.documentId,
    source: row.source,
    reference: row.reference,
    name: row.name,
    publishName: publishNameOf(row, sha256, shared),
    contentType: row.contentType,
    size: Number(row.size),
    attempts: row.attempts,
    sha256,
  };
}

/** The same from whichever source the run begins. */
function publishNameOf({ name, source }: ItemRow, sha256: string | undefined, shared: SharedNames): string {
  const own = sha256 !== undefined && shared.ambiguous.has(name) ? distinctName(name, sha256) : composedName(name, shared.spellings);
  if (source === null || !shared.ofSeveralSources.has(name.normalize('NFC'))) return own;
  return distinctName(own, createHash('sha256').update(source).digest('hex'));
}

function sharedNamesOf(rows: readonly ItemRow[]): SharedNames {
  const digests = new Map<string, Set<string>>();
  const spellings = new Map<string, Set<string>>();
  const sources = new Map<string, Set<string>>();
  for (const { name, sha256, status, source } of rows) {
    if (sha256 !== null) digests.set(name, (digests.get(name) ?? new Set()).add(sha256.toString('hex')));
    if (status === 'skipped') continue;
    const composed = name.normalize('NFC');
    spellings.set(composed, (spellings.get(composed) ?? new Set()).add(name));
    sources.set(composed, (sources.get(composed) ?? new Set()).add(source ?? ''));
  }
  const several = (found: ReadonlyMap<string, ReadonlySet<string>>) =>
    new Set([...found].flatMap(([name, { size }]) => (size > 1 ? name : [])));
  return { ambiguous: several(digests), spellings: several(spellings), ofSeveralSources: several(sources) };
}

async function readSharedNames(db: Kysely<Database>, { organizationId, id }: Run): Promise<SharedNames> {
  const { rows: ambiguous } = await sql<{ name: string }>`
    select i.name from run_item i join document d on d.organization_id = i.organization_id and d.id = i.document_id
    where i.organization_id = ${organizationId} and i.run_id = ${id} group by i.name having count(distinct d.sha256) > 1`.execute(db);
  const { rows: spellings } = await sql<{ name: string }>`
    select normalize(name, NFC) as name from run_item
    where organization_id = ${organizationId} and run_id = ${id} and status <> 'skipped'
    group by normalize(name, NFC) having count(distinct name) > 1`.execute(db);
  const { rows: ofSeveralSources } = await sql<{ name: string }>`
    select normalize(name, NFC) as name from run_item
    where organization_id = ${organizationId} and run_id = ${id} and status <> 'skipped'
    group by normalize(name, NFC) having count(distinct coalesce(source, '')) > 1`.execute(db);
  const setOf = (rows: readonly { name: string }[]) => new Set(rows.map(({ name }) => name));
  return { ambiguous: setOf(ambiguous), spellings: setOf(spellings), ofSeveralSources: setOf(ofSeveralSources) };
}

/**
 * In NFC, so that a file has one name whichever system it comes from: macOS writes “ü” as two code points.
 * When a folder holds a name in two spellings, the one that is not NFC is distinguished by a hash of how it
 * is written.
 */
function composedName(name: string, spellings: ReadonlySet<string>): string {
  const composed = name.normalize('NFC');
  if (name === composed || !spellings.has(composed)) return composed;
  return distinctName(composed, createHash('sha256').update(name).digest('hex'));
}

/** Different documents of the same name in one run are distinguished by what they hold, in any order. */
function distinctName(name: string, sha256: string): string {
  const [, stem = name, extension = ''] = /^(.*[^/])(\.[^./]{1,16})$/s.exec(name) ?? [];
  return `${stem} (${sha256.slice(0, 8)})${extension}`;
}
