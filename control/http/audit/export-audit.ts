import { Readable } from 'node:stream';
import { exportAudit } from '@holdfast/api';
import { entryHash, exportHeader, exportLine, type LogEntry, LogTree, type StrayRow } from '@holdfast/audit';
import { type Database, readEntries, transaction } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import { signingKeys } from '../../audit/newest-checkpoint.ts';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

const ENTRIES_AT_ONCE = 1_000;
const STRAY_ROWS_MAXIMUM = 1_000;

/** The export is itself on record: its own entry is the last one in it. */
export const exportAuditHandler = implement(exportAudit, async ({ caller, organization, origin, reply }, { db, instanceId }) => {
  await transaction(db, (tx) => record(tx, organization.id, { caller, origin }, { action: 'audit.export' }));
  // Before the head is read: a checkpoint made by then must find all of its entries in the export.
  const exportedAt = new Date().toISOString();
  const { epoch } = await db.selectFrom('instance').select('epoch').executeTakeFirstOrThrow();
  const header = exportHeader({ instanceId, organizationId: organization.id, epoch, exportedAt, signingKeys: await signingKeys(db) });
  const bounds = await readBounds(db, organization.id);
  reply.header('content-disposition', `attachment; filename="holdfast-audit-${organization.slug}.ndjson"`);
  return { status: 200, body: Readable.from(linesOf(db, organization.id, header, bounds), { objectMode: false }) };
});

interface Bounds {
  readonly head: number;
  readonly strayRows: readonly StrayRow[];
}

/**
 * The head and what stands beyond it, in one statement and so as of one moment: whatever is appended later is
 * no stray row.
 */
async function readBounds(db: Kysely<Database>, organizationId: string): Promise<Bounds> {
  const { rows } = await sql<{ head: number; sequence: number | null; recorded_by: string; body: string }>`
    with head as (select coalesce(max(sequence), 0)::bigint as sequence from audit_head where organization_id = ${organizationId})
    select head.sequence as head, stray.sequence, stray.recorded_by, stray.body
    from head left join lateral (
      (select sequence, recorded_by, body from audit_event
        where organization_id = ${organizationId} and sequence < 1 order by sequence limit ${STRAY_ROWS_MAXIMUM})
      union all
      (select sequence, recorded_by, body from audit_event
        where organization_id = ${organizationId} and sequence > head.sequence order by sequence limit ${STRAY_ROWS_MAXIMUM})
    ) stray on true`.execute(db);
  const strayRows = rows.flatMap(({ sequence, recorded_by, body }) =>
    sequence === null ? [] : [{ sequence, recordedBy: recorded_by, body }],
  );
  return { head: rows[0]?.head ?? 0, strayRows };
}

/** A page at a time, so that memory and the time that a connection is held do not grow with the record. */
async function* linesOf(db: Kysely<Database>, organizationId: string, header: string, bounds: Bounds): AsyncGenerator<string> {
  yield header;
  const tree = new LogTree();
  for (let after = 0; after < bounds.head; after += ENTRIES_AT_ONCE) {
    const last = Math.min(after + ENTRIES_AT_ONCE, bounds.head);
    const [entries, notes] = await Promise.all([
      readEntries(db, organizationId, after + 1, last),
      readNotes(db, organizationId, after + 1, last),
    ]);
    yield entries.map((entry) => entryLines(entry, notes.get(entry.sequence))).join('');
    for (const entry of entries) appendReadable(tree, organizationId, entry);
  }
  yield bounds.strayRows.map((row) => exportLine({ kind: 'stray', row })).join('');
  yield exportLine({ kind: 'end', size: bounds.head, root: tree.root() });
}

function entryLines(entry: LogEntry, note: string | undefined): string {
  return exportLine({ kind: 'entry', entry }) + (note === undefined ? '' : exportLine({ kind: 'checkpoint', note }));
}

async function readNotes(db: Kysely<Database>, organizationId: string, from: number, to: number): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('checkpoint')
    .select(['size', 'note'])
    .where('organization_id', '=', organizationId)
    .where('size', '>=', from)
    .where('size', '<=', to)
    .execute();
  return new Map(rows.map(({ size, note }) => [size, note]));
}

/** An entry that cannot be one is exported as it is: verifying the export finds it. */
function appendReadable(tree: LogTree, organizationId: string, entry: LogEntry): void {
  try {
    tree.append(entryHash(organizationId, entry));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
