import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatabaseConnection } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../testing/envelopes.ts';
import { type TestOrganization, testInstance } from '../testing/instance.ts';
import { createSecrets, prepareCreation } from './create-secret.ts';
import { decodeEnvelope } from './envelope.ts';

const MANY = 3_000;
const ADA = { kind: 'member', id: null, name: 'Ada Lovelace' } as const;

test('what a creation reads does not grow with the secrets that there are, nor with those that were deleted', async () => {
  await using instance = await testInstance();
  const organization = await instance.addOrganization('acme');
  // As in an organization that has just grown: nobody has looked at the tables yet to plan by their size.
  await sql`alter table secret set (autovacuum_enabled = false)`.execute(instance.db);
  await sql`alter table deleted_secret set (autovacuum_enabled = false)`.execute(instance.db);
  await instance.db.connection().execute(async (session) => {
    // What a session plans while there are few it keeps.
    await creationReads(session, organization, 'FIRST');
    await sql`
      insert into secret (organization_id, id, name, created_by)
      select ${organization.id}, uuidv7(), 'SECRET_' || i, ${ADA} from generate_series(1, ${MANY}::integer) i`.execute(session);
    await sql`insert into deleted_secret select ${organization.id}, uuidv7() from generate_series(1, ${MANY}::integer)`.execute(session);
    const { secrets, deleted } = await creationReads(session, organization, 'SECOND');
    assert.ok(secrets <= 20, `It read ${secrets} rows of secrets.`);
    assert.ok(deleted <= 2, `It read ${deleted} rows of deleted secrets.`);
  });
});

/** Rows that the creation of one secret read, by index and without. */
async function creationReads(session: DatabaseConnection, { id, keyId }: TestOrganization, name: string) {
  const envelope = decodeEnvelope(anEnvelope(keyId));
  assert.ok(envelope !== undefined);
  const user = { id: uuidv7(), name: 'Ada Lovelace', email: 'ada@example.com' };
  const origin = { ip: '127.0.0.1', userAgent: undefined, requestId: uuidv7() };
  const by = { caller: { kind: 'session', user, sessionId: uuidv7() }, origin } as const;
  const creation = prepareCreation({ secret: { name, envelope, metadata: {}, requestHash: Buffer.alloc(32) }, by });
  return session.transaction().execute(async (tx) => {
    const [madeAt] = await createSecrets(tx, id, [creation], { anyKey: false });
    assert.ok(madeAt instanceof Date);
    const { rows } = await sql<{ table: string; read: number }>`
      select relname as table, seq_tup_read + coalesce(idx_tup_fetch, 0) as read from pg_stat_xact_user_tables
      where schemaname = 'holdfast' and relname in ('secret', 'deleted_secret')`.execute(tx);
    const of = (table: string) => rows.find((row) => row.table === table)?.read ?? 0;
    return { secrets: of('secret'), deleted: of('deleted_secret') };
  });
}
