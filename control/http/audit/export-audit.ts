import { Readable } from 'node:stream';
import { exportAudit } from '@holdfast/api';
import { exportHeader, exportLine } from '@holdfast/audit';
import { type Database, transaction } from '@holdfast/db';
import { type Kysely, sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { implement } from '../endpoint-handler.ts';

const EVENTS_AT_ONCE = 1_000;

/** The export is itself on record: its own event is the last one in it, so that it can be told when it was cut short. */
export const exportAuditHandler = implement(exportAudit, async ({ caller, organization, origin, reply }, { db, instanceId }) => {
  await transaction(db, (tx) => record(tx, organization.id, { caller, origin }, { action: 'audit.export' }));
  // Before the head is read: a checkpoint made by then must find all of its events in the export.
  const exportedAt = new Date().toISOString();
  const head = await db
    .selectFrom('audit_head')
    .select(['sequence', 'hash'])
    .where('organization_id', '=', organization.id)
    .executeTakeFirstOrThrow();
  const header = exportHeader({
    instanceId,
    organizationId: organization.id,
    exportedAt,
    head: { sequence: head.sequence, hash: head.hash.toString('hex') },
  });
  reply.header('content-disposition', `attachment; filename="holdfast-audit-${organization.slug}.ndjson"`);
  return { status: 200, body: Readable.from(linesOf(db, organization.id, header, head.sequence), { objectMode: false }) };
});

/** A page at a time, so that memory and the time that a connection is held do not grow with the record. */
async function* linesOf(db: Kysely<Database>, organizationId: string, header: string, last: number): AsyncGenerator<string> {
  yield header;
  for (let after = 0; after < last; after += EVENTS_AT_ONCE) {
    const events = await db
      .selectFrom('audit_event')
      .select([
        'sequence',
        'recorded_by',
        'body',
        'previous_hash',
        'hash',
        sql<string>`to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as('time'),
      ])
      .where('organization_id', '=', organizationId)
      .where('sequence', '>', after)
      .where('sequence', '<=', Math.min(after + EVENTS_AT_ONCE, last))
      .orderBy('sequence')
      .execute();
    yield events
      .map((event) =>
        exportLine({
          sequence: event.sequence,
          time: event.time,
          recordedBy: event.recorded_by,
          body: event.body,
          previousHash: event.previous_hash.toString('hex'),
          hash: event.hash.toString('hex'),
        }),
      )
      .join('');
  }
}
