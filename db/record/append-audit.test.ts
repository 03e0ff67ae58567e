import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type AuditEvent, canonicalBody, createGroupAppender } from '@holdfast/audit';
import { type Kysely, sql } from 'kysely';
import { appendAudit, appendAuditBodies, connect, type Database, transaction } from '../index.ts';
import { type TestDatabase, testDatabase } from '../testing/index.ts';

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

/** The whole log, after checking that it has no gap and ends at its head. */
async function logOf(organizationId: string) {
  const rows = await control
    .selectFrom('audit_event')
    .select(['sequence', 'time', 'recorded_by', 'body'])
    .where('organization_id', '=', organizationId)
    .orderBy('sequence')
    .execute();
  const head = await control.selectFrom('audit_head').selectAll().where('organization_id', '=', organizationId).executeTakeFirstOrThrow();
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    Array.from({ length: head.sequence }, (_, index) => index + 1),
  );
  assert.equal(head.last_time.getTime(), rows.at(-1)?.time.getTime());
  return rows;
}

test('any text is stored as the very bytes that were given', async () => {
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
  const rows = await logOf(organizationId);
  assert.deepEqual(
    rows.map(({ body }) => body),
    [...odd, ...odd].map(canonicalBody),
  );
  assert.deepEqual(
    rows.slice(0, 5).map((row) => row.recorded_by),
    ['control', 'data', 'control', 'data', 'control'],
  );
});

test('what append answers is what is in the log, to the millisecond', async () => {
  const organizationId = randomUUID();
  const appended = await transaction(control, (tx) => appendAudit(tx, organizationId, [event('1'), event('2')]));
  const rows = await logOf(organizationId);
  assert.deepEqual(
    appended,
    rows.map((row) => ({ sequence: row.sequence, time: row.time, recordedBy: row.recorded_by })),
  );
});

test('the owner of the database records as the operator, whatever the session says', async () => {
  const organizationId = randomUUID();
  const owner = connect(database.ownerUrl, { name: 'test owner', maximumConnections: 1 });
  try {
    await transaction(owner, async (tx) => {
      await appendAuditBodies(tx, organizationId, [canonicalBody(event('1'))]);
    });
    assert.equal((await logOf(organizationId))[0]?.recorded_by, 'operator');
  } finally {
    await owner.destroy();
  }
});

test('nothing is appended by a session whose commits may be lost, no matter who set it', async () => {
  const organizationId = randomUUID();
  for (const [url, setting] of [
    [database.controlUrl, 'set local synchronous_commit = off'],
    [database.dataUrl, "select set_config('synchronous_commit', 'off', true)"],
  ] as const) {
    const db = connect(url, { name: 'test', maximumConnections: 1 });
    const careless = transaction(db, async (tx) => {
      await sql.raw(setting).execute(tx);
      await appendAudit(tx, organizationId, [event('1')]);
    });
    await assert.rejects(careless, { code: '55000' }).finally(() => db.destroy());
  }
  const rows = await control.selectFrom('audit_event').select('sequence').where('organization_id', '=', organizationId).execute();
  assert.deepEqual(rows, []);
});

test('what events are looked up by is what their bodies say, and nobody can write anything else', async () => {
  const organizationId = randomUUID();
  const target = { kind: 'secret', id: 's', name: 'KEY', versionId: 'v' };
  const commitment = { versionId: 'v', ciphertextHash: 'h' };
  const actor = { kind: 'member', id: 'u', name: 'Ada' } as const;
  await transaction(data, (tx) =>
    appendAudit(tx, organizationId, [
      event('Ada', { action: 'secret.create', actor, outcome: 'success', target, commitment, context: { run: 'r' } }),
      event('data plane', { action: 'secret.re-seal', outcome: 'success', target, commitment }),
      event('data plane', { action: 'run.finish', outcome: 'failed', target: { kind: 'run', id: 'r', name: 'KEY' } }),
    ]),
  );
  const { rows } = await sql<{ facts: string }>`
    select facts::text as facts from audit_event where organization_id = ${organizationId} order by sequence`.execute(control);
  assert.deepEqual(
    rows.map(({ facts }) => facts),
    ['(secret.create,success,u,Ada,KEY,r,v)', '(secret.re-seal,success,,"data plane",KEY,,)', '(run.finish,failed,,"data plane",,,)'],
  );
  const owner = connect(database.ownerUrl, { name: 'test owner', maximumConnections: 1 });
  try {
    const written = sql`insert into audit_event (organization_id, sequence, time, recorded_by, body, facts)
      select organization_id, 9, time, recorded_by, body, facts from audit_event where organization_id = ${organizationId} limit 1`;
    await assert.rejects(written.execute(owner), /cannot insert a non-DEFAULT value into column "facts"/);
  } finally {
    await owner.destroy();
  }
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
  assert.equal((await logOf(organizationId)).length, 2);
});

test('events of many callers and both planes make one log for each organization, each event once', async () => {
  const organizations = [randomUUID(), randomUUID()];
  const appender = createGroupAppender({
    append: (organizationId, bodies) => appendAuditBodies(data, organizationId, bodies),
  });
  await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const organizationId = organizations[number % 2] ?? '';
      if (number % 10 < 2) await transaction(control, (tx) => appendAudit(tx, organizationId, [event(`control ${number}`)]));
      else await appender.append(organizationId, event(`data ${number}`));
    }),
  );
  for (const organizationId of organizations) {
    const rows = await logOf(organizationId);
    const names = new Set(rows.map(({ body }) => JSON.parse(body).actor.name));
    assert.equal(names.size, 100);
  }
});
