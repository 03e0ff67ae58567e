import { type AuditEvent, createGroupAppender } from '@holdfast/audit';
import { connect } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import pg from 'pg';
import { type Comparison, compare } from './measure.ts';

const CALLERS = 64;
const ORGANIZATIONS = 32;

/**
 * Appending to the record's log beside the plain durable insert of the same text into a table with one index: alone, in
 * the same natural groups, and for many organizations. Each event is on the disk when its caller goes on.
 */
export async function measureAudit(): Promise<Comparison[]> {
  await using database = await testDatabase();
  const db = connect(database.controlUrl, { name: 'bench', maximumConnections: 8 });
  const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 8 });
  try {
    await pool.query(
      'create table floor_event (organization_id uuid not null, id bigserial, body text not null, primary key (organization_id, id))',
    );
    const logged = createGroupAppender({
      append: async (organization, bodies) =>
        (await sql<{ sequence: number }>`select sequence from append_audit(${organization}::uuid, ${bodies}::text[])`.execute(db)).rows,
    });
    const insert = 'insert into floor_event (organization_id, body) select $1, unnest($2::text[]) returning id as sequence';
    const plain = createGroupAppender({
      append: async (organization, bodies) => (await pool.query<{ sequence: number }>(insert, [organization, bodies])).rows,
    });
    const one = uuidv7();
    const many = Array.from({ length: ORGANIZATIONS }, () => uuidv7());
    const organizationOf = (caller: number) => many[caller % ORGANIZATIONS] ?? one;
    return [
      await compare(
        'audit append, one after the other',
        () => logged.append(one, EVENT),
        'plain insert',
        () => plain.append(one, EVENT),
      ),
      await compare(
        `audit append, ${CALLERS} callers, one organization`,
        () => logged.append(one, EVENT),
        'plain insert in the same groups',
        () => plain.append(one, EVENT),
        { concurrency: CALLERS },
      ),
      await compare(
        `audit append, ${CALLERS} callers, ${ORGANIZATIONS} organizations`,
        (caller) => logged.append(organizationOf(caller), EVENT),
        'plain insert in the same groups',
        (caller) => plain.append(organizationOf(caller), EVENT),
        { concurrency: CALLERS },
      ),
    ];
  } finally {
    await pool.end();
    await db.destroy();
  }
}

const EVENT: AuditEvent = {
  action: 'secret.use',
  actor: { kind: 'member', id: '019c0000-0000-7000-8000-000000000001', name: 'Ada Lovelace' },
  outcome: 'intent',
  target: {
    kind: 'secret',
    id: '019c0000-0000-7000-8000-000000000002',
    name: 'AZURE_PUBLISHER_SAS',
    versionId: '019c0000-0000-7000-8000-000000000003',
  },
  context: { project: 'Invoices', workflow: 'Publish', run: '019c0000-0000-7000-8000-000000000004', component: 'Archive' },
};
