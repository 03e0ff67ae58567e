import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer, type TestServer } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { DEADLINES } from '../../control/connections.ts';
import { anEnvelope } from '../../control/testing/envelopes.ts';
import * as control from '../../control/testing/instance.ts';
import * as data from '../../data/testing/instance.ts';
import { connectForRecord, createUseRecord } from '../../data/use/values/use-record.ts';
import { eventually } from '../harness/eventually.ts';
import { processTree } from '../harness/processes.ts';

/** A PostgreSQL that is there and does not answer: stopped as a whole, or waiting for a disk. */

/**
 * 3 seconds for what has to be read first, or 2 for a statement of the change, and what a busy machine adds.
 */
const FOUR_SECONDS = 4_000;
const BUSY_MACHINE = 1_000;

let server: TestServer;
let instance: control.TestInstance;
let organizations: control.TestOrganization[];
before(async () => {
  server = await startTestServer();
  // Another test's server must not be stopped.
  process.env.HOLDFAST_TEST_DATABASE_SERVER = server.url;
  delete process.env.HOLDFAST_TEST_DATABASE_OWNER;
  instance = await control.testInstance({}, { deadlines: DEADLINES });
  organizations = [];
  for (let number = 0; number < 10; number++) organizations.push(await instance.addOrganization(`org-${number}`));
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await server?.stop();
});

async function signalServer(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const processes = await processTree(server.pid);
  assert.ok(processes.length > 5, 'the processes of the server were not found');
  for (const { pid } of processes) process.kill(pid, signal);
}

async function timed(work: Promise<control.Reply>) {
  const began = performance.now();
  const { status, json, headers } = await work;
  const at = performance.now();
  return { status, code: json?.code, detail: json?.detail, retryAfter: headers['retry-after'], at, milliseconds: at - began };
}

interface Write {
  readonly organization: control.TestOrganization;
  readonly name: string;
  readonly envelope: ReturnType<typeof anEnvelope>;
}

let numbers = 0;
const newWrite = (organization: control.TestOrganization): Write => ({
  organization,
  name: `SECRET_${++numbers}`,
  envelope: anEnvelope(organization.keyId),
});
const put = ({ organization: { slug, owner }, name, envelope }: Write) =>
  timed(instance.call('PUT', `/api/organizations/${slug}/secrets/${name}`, { token: owner.token, body: { envelope } }));

/** Writes one secret after the other until something else than success is answered. */
async function writeUntilRefused(organization: control.TestOrganization) {
  for (;;) {
    const write = newWrite(organization);
    const answer = await put(write);
    if (answer.status !== 201) return { write, answer };
  }
}

function assertRefusedInTime(answers: readonly Awaited<ReturnType<typeof timed>>[], hangingSince = 0): void {
  for (const answer of answers) {
    assert.ok((answer.status === 503 && answer.retryAfter !== undefined) || answer.status === 429, JSON.stringify(answer));
    // What it waited before, among so many, is not the server's fault.
    const milliseconds = Math.min(answer.milliseconds, answer.at - hangingSince);
    assert.ok(milliseconds < FOUR_SECONDS + BUSY_MACHINE, JSON.stringify(answer));
  }
}

/** What was refused is sent again, as a caller does, and is there once, whether it had been stored or not. */
async function repeatAll(writes: readonly Write[]): Promise<void> {
  for (const write of writes) {
    const again = await put(write);
    assert.ok([201, 204].includes(again.status), JSON.stringify(again));
    const { rows } = await sql<{ versions: number; events: number }>`
      select (select count(*)::int from secret_version v join secret s on s.organization_id = v.organization_id and s.id = v.secret_id
          where s.organization_id = ${write.organization.id} and s.name = ${write.name}) as versions,
        (select count(*)::int from audit_event
          where organization_id = ${write.organization.id} and (facts).secret_name = ${write.name}) as events`.execute(instance.db);
    assert.deepEqual(rows, [{ versions: 1, events: 1 }], write.name);
  }
}

test('40 writers and readers are answered while every process of PostgreSQL is stopped, and served as soon as it goes on', {
  timeout: 120_000,
}, async () => {
  const writers = organizations.flatMap((organization) => Array.from({ length: 4 }, () => writeUntilRefused(organization)));
  await sleep(500);
  await signalServer('SIGSTOP');
  let refused: Awaited<(typeof writers)[number]>[];
  try {
    const frozenAt = performance.now();
    refused = await Promise.all(writers);
    const answers = refused.map(({ answer }) => answer);
    assertRefusedInTime(answers, frozenAt);
    const [organization] = organizations as [control.TestOrganization];
    const { slug, owner } = organization;
    const reads = Array.from({ length: 20 }, () =>
      timed(instance.call('GET', `/api/organizations/${slug}/secrets`, { token: owner.token })),
    );
    const [ready, live] = await Promise.all([timed(instance.call('GET', '/health/ready')), timed(instance.call('GET', '/health/live'))]);
    assert.deepEqual([ready.status, live.status], [503, 200]);
    assert.ok(ready.milliseconds < 2_000 + BUSY_MACHINE, JSON.stringify(ready));
    assertRefusedInTime(await Promise.all(reads));
  } finally {
    await signalServer('SIGCONT');
  }
  const thawedAt = performance.now();
  const ready = await eventually('readiness', async () => {
    const answer = await instance.call('GET', '/health/ready');
    return answer.status === 200 && answer;
  });
  assert.equal(ready.status, 200);
  await repeatAll(refused.map(({ write }) => write));
  assert.ok(performance.now() - thawedAt < 20_000);
});

test('a change whose commit is not answered is 503 and says that it may be stored; reads go on; repeated, it is there once', {
  timeout: 120_000,
}, async () => {
  const settle = async (standby: string) => {
    await sql`alter system set synchronous_standby_names = ${sql.lit(standby)}`.execute(instance.db);
    await sql`select pg_reload_conf()`.execute(instance.db);
  };
  const writers = organizations.slice(0, 5).map((organization) => writeUntilRefused(organization));
  // A commit then waits for a standby that does not exist, as it does for a disk that does not write.
  await settle('nobody');
  let refused: Awaited<(typeof writers)[number]>[];
  try {
    refused = await Promise.all(writers);
    assertRefusedInTime(refused.map(({ answer }) => answer));
    assert.ok(
      refused.some(({ answer }) => /whether it has stored the change/.test(answer.detail)),
      JSON.stringify(refused),
    );
    const [organization] = organizations as [control.TestOrganization];
    const { slug, owner } = organization;
    for (let round = 0; round < 20; round++) {
      const more = put(newWrite(organizations[round % 10] as control.TestOrganization));
      const read = await timed(instance.call('GET', `/api/organizations/${slug}/secrets`, { token: owner.token }));
      assert.equal(read.status, 200, JSON.stringify(read));
      if (round % 5 === 4) assertRefusedInTime([await more]);
    }
    // Connections that wait do not become more and more.
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity where application_name = 'holdfast-control'`.execute(instance.db);
    assert.ok((rows[0]?.waiting ?? 0) <= 16, JSON.stringify(rows));
  } finally {
    await settle('');
  }
  await repeatAll(refused.map(({ write }) => write));
});

test('a use whose intent is not answered is refused within 2 seconds', { timeout: 120_000 }, async () => {
  await using plane = await data.testInstance();
  const organization = await data.testOrganization(plane);
  const db = connectForRecord(plane.settings.databaseUrl);
  const record = createUseRecord(db);
  const secret = await data.testSecret(plane, organization, 'STORE', 'a value');
  const occasion = { organizationId: organization.id, actor: JSON.parse(data.ACTOR), context: { component: 'Archive' } };
  const consumer = { kind: 'component' as const, id: uuidv7(), name: 'Archive', projectId: organization.projectId, projectName: 'Filing' };
  const value = { secretName: 'STORE', secret: { id: secret.id, name: 'STORE', version: { id: secret.versionId, keyId: uuidv7() } } };
  await record.intend(occasion, consumer, value);
  await signalServer('SIGSTOP');
  try {
    const began = performance.now();
    await assert.rejects(record.intend(occasion, consumer, value), { code: 'audit_unavailable' });
    assert.ok(performance.now() - began < 2_000 + BUSY_MACHINE);
  } finally {
    await signalServer('SIGCONT');
  }
  const began = performance.now();
  await eventually('a use to be recorded again', () => record.intend(occasion, consumer, value).catch(() => undefined));
  assert.ok(performance.now() - began < 2_000 + BUSY_MACHINE);
  await db.destroy();
});
