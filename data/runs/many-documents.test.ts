import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestServer, type TestServer } from '@holdfast/db/testing';
import { sql } from 'kysely';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { finishedRun, startTestRun } from '../testing/runs.ts';

const DOCUMENTS = 400;
/** The requirement: see bench/README.md. */
const STATEMENTS_A_DOCUMENT = 3;
/** Claimed, settled, listed, counted, and looked through for names that they share: a few times each. */
const ROWS_A_DOCUMENT = 20;
/** Claims and results go together, for half of what is claimed ahead; results also by themselves, in time. */
const CHANGED_TOGETHER = 16;
const CHANGES_A_SECOND = 10;

/** A server of its own, which counts statements. */
let server: TestServer;
let service: RecordingService;
let instance: TestInstance;
let organization: TestOrganization;
const shared = process.env.HOLDFAST_TEST_DATABASE_SERVER;

before(async () => {
  server = await startTestServer({ settings: { fsync: 'off', shared_preload_libraries: 'pg_stat_statements' } });
  process.env.HOLDFAST_TEST_DATABASE_SERVER = server.url;
  service = await recordingService();
  instance = await testInstance();
  organization = await testOrganization(instance);
  await sql`create extension pg_stat_statements schema public`.execute(instance.owner);
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
  await server?.stop();
  if (shared === undefined) delete process.env.HOLDFAST_TEST_DATABASE_SERVER;
  else process.env.HOLDFAST_TEST_DATABASE_SERVER = shared;
});

/** Of the data plane; those whose text begins so. */
async function statements(beginning = ''): Promise<number> {
  const { rows } = await sql<{ calls: number }>`
    select sum(s.calls)::integer as calls from public.pg_stat_statements s join pg_roles r on r.oid = s.userid
    where r.rolname like '%data' and starts_with(btrim(s.query, E' \\n'), ${beginning})`.execute(instance.owner);
  return rows[0]?.calls ?? 0;
}

async function rowsRead(): Promise<number> {
  const { rows } = await sql<{ read: number }>`
    select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer as read
    from pg_stat_user_tables where relname = 'run_item'`.execute(instance.owner);
  return rows[0]?.read ?? 0;
}

describe('a run of many small documents', { concurrency: false }, () => {
  it('asks the database few things for each, changes many together, and reads no more of the run for one that changes', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const component = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
    const documents = Array.from({ length: DOCUMENTS }, (_, index) => ({ name: `${index}.txt`, bytes: Buffer.from(`document ${index}`) }));
    const [said, read] = [await statements(), await rowsRead()];
    const began = performance.now();
    const run = await finishedRun(instance, await startTestRun(instance, organization, [component], documents), 120_000);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
    const calls = (await statements()) - said;
    assert.ok(calls > 0 && calls <= STATEMENTS_A_DOCUMENT * DOCUMENTS, `${calls / DOCUMENTS} statements a document`);
    const seconds = (performance.now() - began) / 1000;
    const changes = await statements('update run_item');
    assert.ok(changes > 0 && changes <= (2 * DOCUMENTS) / CHANGED_TOGETHER + CHANGES_A_SECOND * seconds, `${changes} in ${seconds} s`);
    // Sessions report their statistics when they end.
    await instance.plane.close();
    const rows = (await rowsRead()) - read;
    assert.ok(rows > 0 && rows <= ROWS_A_DOCUMENT * DOCUMENTS, `${rows / DOCUMENTS} rows of the run read for a document`);
  });
});
