import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type AuditEvent, createGroupAppender, type ExportedEvent, exportHeader, exportLine, verifyExport } from '@holdfast/audit';
import { type Kysely, sql } from 'kysely';
import { appendAudit, connect, type Database, transaction } from './index.ts';
import { type TestDatabase, testDatabase } from './testing/index.ts';

let database: TestDatabase;
let control: Kysely<Database>;
let data: Kysely<Database>;
before(async () => {
  database = await testDatabase();
  control = connect(database.controlUrl, { name: 'test control' });
  data = connect(database.dataUrl, { name: 'test data' });
});
after(async () => {
  await Promise.all([control.destroy(), data.destroy()]);
  await database[Symbol.asyncDispose]();
});

const event = (name: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  action: 'secret.use',
  actor: { kind: 'system', id: null, name },
  outcome: 'intent',
  ...more,
});

/** The chain as an export would write it. */
async function exported(organizationId: string): Promise<string[]> {
  const { rows } = await sql<ExportedEvent>`
    select sequence, to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time, recorded_by as "recordedBy", body,
      encode(previous_hash, 'hex') as "previousHash", encode(hash, 'hex') as hash
    from audit_event where organization_id = ${organizationId} order by sequence`.execute(control);
  const header = exportHeader({ instanceId: randomUUID(), organizationId, exportedAt: new Date().toISOString() });
  return [header, ...rows.map(exportLine)].map((line) => line.trimEnd());
}

test('the chain that PostgreSQL hashes is the one that a verifier computes, for any text and any role', async () => {
  const organizationId = randomUUID();
  const odd: AuditEvent[] = [
    event('plain'),
    event('Zoë "quoted" \\ back\\\\slash'),
    event('line\nbreak\ttab\u0007\u2028🔑'),
    event('numbers', { detail: { large: 1e30, small: 1e-7, negative: -0, list: ['a', '\ud83d\ude00'], none: null, yes: true } }),
    event('long', { context: { note: 'é'.repeat(30_000) } }),
  ];
  for (const [position, each] of odd.entries()) {
    await transaction(position % 2 === 0 ? control : data, (tx) => appendAudit(tx, organizationId, [each]));
  }
  await transaction(data, (tx) => appendAudit(tx, organizationId, odd));
  const found = await verifyExport(await exported(organizationId));
  assert.deepEqual(found.valid ? found.events : found, 2 * odd.length);
});

test('what append answers is what is in the chain', async () => {
  const organizationId = randomUUID();
  const appended = await transaction(control, (tx) => appendAudit(tx, organizationId, [event('1'), event('2')]));
  assert.deepEqual(
    appended.map(({ sequence }) => sequence),
    [1, 2],
  );
  const found = await verifyExport(await exported(organizationId));
  assert.equal(found.valid && found.headHash, appended.at(-1)?.hash.toString('hex'));
});

test('an event of a transaction that is rolled back leaves no gap', async () => {
  const organizationId = randomUUID();
  await transaction(control, (tx) => appendAudit(tx, organizationId, [event('1')]));
  const failing = transaction(control, async (tx) => {
    await appendAudit(tx, organizationId, [event('2')]);
    throw new Error('changed my mind');
  });
  await assert.rejects(failing, /changed my mind/);
  await transaction(control, (tx) => appendAudit(tx, organizationId, [event('3')]));
  const found = await verifyExport(await exported(organizationId));
  assert.equal(found.valid && found.events, 2);
});

test('events of many callers and both planes make one chain for each organization, each event once', async () => {
  const organizations = [randomUUID(), randomUUID()];
  const appender = createGroupAppender({
    append: (organizationId, bodies) =>
      transaction(data, (tx) =>
        appendAudit(
          tx,
          organizationId,
          bodies.map((body) => JSON.parse(body)),
        ),
      ),
  });
  await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const organizationId = organizations[number % 2] ?? '';
      if (number % 10 < 2) await transaction(control, (tx) => appendAudit(tx, organizationId, [event(`control ${number}`)]));
      else await appender.append(organizationId, event(`data ${number}`));
    }),
  );
  for (const organizationId of organizations) {
    const lines = await exported(organizationId);
    const found = await verifyExport(lines);
    assert.equal(found.valid && found.events, 100);
    const names = new Set(lines.slice(1).map((line) => JSON.parse(JSON.parse(line).body).actor.name));
    assert.equal(names.size, 100);
  }
});
