import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type TestDatabase, testDatabase } from './testing/index.ts';

/** Asked of the live database, logged in as each plane's role. */

let database: TestDatabase;
const clients: { control?: pg.Client; data?: pg.Client } = {};

before(async () => {
  database = await testDatabase();
  clients.control = new pg.Client({ connectionString: database.controlUrl });
  clients.data = new pg.Client({ connectionString: database.dataUrl });
  await Promise.all(Object.values(clients).map((client) => client.connect()));
});
after(async () => {
  await Promise.all(Object.values(clients).map((client) => client.end()));
  await database[Symbol.asyncDispose]();
});

async function attempt(plane: 'control' | 'data', sql: string): Promise<string> {
  try {
    await clients[plane]?.query(sql);
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? 'unknown';
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

const REFUSED: [plane: 'control' | 'data', sentence: string, sql: string][] = [
  ['control', 'read a sealed value', 'select sealed from holdfast.sealed_value'],
  ['control', 'read a value that was sealed for a test', 'select sealed from holdfast.component_test_value'],
  ['control', 'read a sealed value through a whole row', 'select * from holdfast.sealed_value'],
  ['control', 'read a sealed value by what an insert returns', 'insert into holdfast.sealed_value default values returning sealed'],
  ['control', 'delete sealed values past the function', 'delete from holdfast.sealed_value'],
  ['control', 'delete from the record through the function', "select holdfast.delete_rows('audit_event', gen_random_uuid(), '{}')"],
  ['control', 'give a secret another component', 'update holdfast.secret set component_id = null'],
  ['control', 'move a version to another secret', 'update holdfast.secret_version set secret_id = id'],
  ['control', 'change what a document is', "update holdfast.document set sha256 = ''"],
  ['control', 'change a sealed value', "update holdfast.sealed_value set sealed = ''"],
  ['control', 'copy sealed values out', 'copy holdfast.sealed_value to stdout'],
  ['control', "read an organization's wrapped key", 'select wrapped from holdfast.organization_private_key'],
  ['control', 'read the wrapped signing key', 'select wrapped from holdfast.signing_private_key'],
  ['control', "put in an organization's key of its own", 'insert into holdfast.organization_key select * from holdfast.organization_key'],
  ['control', 'make a signing key current', 'update holdfast.signing_key set current = true'],
  ['control', 'say that an item was published', "update holdfast.run_item set status = 'published'"],
  ['control', 'say how a run ended', "update holdfast.run set status = 'succeeded'"],
  ['control', 'take a job from the queue', "update queue.job set state = 'active'"],
  ['control', 'take a job out of the queue', 'delete from queue.job'],
  ['control', 'change how a queue works', 'update queue.queue set retry_limit = 0'],
  ['data', 'read accounts', 'select * from auth."user"'],
  ['data', 'read password hashes', 'select password from auth.account'],
  ['data', 'read sessions', 'select token from auth.session'],
  ['data', 'read hashes of tokens', 'select token_hash from holdfast.access_token'],
  ['data', 'read the setup token', 'select * from holdfast.setup_token'],
  [
    'data',
    'make a secret',
    'insert into holdfast.secret (organization_id, id, name, created_by) select organization_id, id, name, created_by from holdfast.secret',
  ],
  ['data', 'make a version', 'insert into holdfast.secret_version default values'],
  ['data', 'put in a sealed value', 'insert into holdfast.sealed_value select * from holdfast.sealed_value'],
  ['data', 'delete a secret', 'delete from holdfast.secret'],
  ['data', 'rename a secret', "update holdfast.secret set name = 'X'"],
  ['data', 'bind a component to another secret', 'update holdfast.binding set secret_id = null'],
  ['data', 'widen allowed destinations', "update holdfast.secret set destinations = '{}'"],
];
for (const plane of ['control', 'data'] as const) {
  REFUSED.push(
    [plane, 'change the audit record', "update holdfast.audit_event set recorded_by = 'x'"],
    [plane, 'delete from the audit record', 'delete from holdfast.audit_event'],
    [plane, 'empty the audit record', 'truncate holdfast.audit_event'],
    [plane, 'write an event past the function', "insert into holdfast.audit_event values (gen_random_uuid(), 1, now(), 'x', '{}')"],
    [plane, 'move the head of a chain', 'update holdfast.audit_head set sequence = 0'],
    [plane, 'delete the head of a chain', 'delete from holdfast.audit_head'],
    [plane, 'take the trigger off the audit record', 'alter table holdfast.audit_event disable trigger all'],
    [
      plane,
      'replace the function that appends',
      'create or replace function holdfast.append_audit(uuid, text[]) returns int language sql as $$ select 1 $$',
    ],
    [plane, 'turn triggers off for its session', 'set session_replication_role = replica'],
    [plane, 'change the settings of the server', 'alter system set synchronous_commit = off'],
    [
      plane,
      'change the settings of everybody',
      "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$",
    ],
    [
      plane,
      'change the settings of the other plane',
      `alter role holdfast_${plane === 'control' ? 'data' : 'control'} set synchronous_commit = off`,
    ],
    [plane, 'change the password of the other plane', `alter role holdfast_${plane === 'control' ? 'data' : 'control'} password 'x'`],
    [plane, 'make a queue', "select queue.create_queue('mine', '{}')"],
    [plane, 'make a table', 'create table holdfast.mine (x int)'],
    [plane, 'make a table in the public schema', 'create table public.mine (x int)'],
    [plane, 'become the owner', 'set role holdfast_owner'],
    [plane, 'edit which migrations were applied', 'delete from holdfast.schema_migration'],
  );
}

for (const [plane, sentence, sql] of REFUSED) {
  test(`the ${plane} plane's role cannot ${sentence}`, async () => {
    assert.equal(await attempt(plane, sql), INSUFFICIENT_PRIVILEGE);
  });
}

const ALLOWED: [plane: 'control' | 'data', sentence: string, sql: string][] = [
  ['control', 'see which versions have a sealed value', 'select organization_id, version_id from holdfast.sealed_value'],
  ['control', 'remove sealed values', "select holdfast.delete_rows('sealed_value', gen_random_uuid(), array[gen_random_uuid()])"],
  ['control', 'read public keys', 'select public_key, signature from holdfast.organization_key'],
  ['control', 'read the audit record', 'select * from holdfast.audit_event'],
  ['control', 'read accounts', 'select * from auth."user"'],
  ['data', 'read sealed values', 'select sealed from holdfast.sealed_value'],
  ['data', 'read wrapped keys', 'select wrapped from holdfast.organization_private_key'],
  ['data', 'read the audit record', 'select * from holdfast.audit_event'],
];
for (const [plane, sentence, sql] of ALLOWED) {
  test(`the ${plane} plane's role can ${sentence}`, async () => {
    assert.equal(await attempt(plane, sql), 'done');
  });
}

test('both roles append to the audit record, and the record says which of them it was', async () => {
  const body = `{"action":"x.y","actor":{"id":null,"kind":"system","name":"t"},"outcome":"success"}`;
  for (const plane of ['control', 'data'] as const) {
    await clients[plane]?.query("select holdfast.append_audit('0199d3a0-0000-7000-8000-000000000001', array[$1])", [body]);
  }
  const { rows } = (await clients.control?.query('select recorded_by from holdfast.audit_event order by sequence')) ?? { rows: [] };
  assert.deepEqual(
    rows.map((row: { recorded_by: string }) => row.recorded_by),
    ['control', 'data'],
  );
});

test('a role that claims to be the other in its session is still recorded as itself', async () => {
  assert.equal(await attempt('data', 'set session authorization holdfast_control'), INSUFFICIENT_PRIVILEGE);
});

test('even the owner cannot change a written event while the trigger stands', async () => {
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  try {
    await assert.rejects(owner.query("update holdfast.audit_event set body = '{}'"), /append-only/);
    await assert.rejects(owner.query('delete from holdfast.audit_event'), /append-only/);
    await assert.rejects(owner.query('truncate holdfast.audit_event'), /append-only/);
  } finally {
    await owner.end();
  }
});

test('no table is reachable by everybody', async () => {
  const { rows } = (await clients.control?.query(
    `select table_schema, table_name from information_schema.role_table_grants
     where grantee = 'PUBLIC' and table_schema in ('holdfast', 'auth', 'queue')`,
  )) ?? { rows: [] };
  assert.deepEqual(rows, []);
});

test('the control plane cannot lock a table that the data plane reads', async () => {
  // Every such table, one that is added tomorrow included.
  const { rows } = (await clients.control?.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('holdfast', 'auth', 'queue') and c.relkind in ('r', 'p')
       and has_any_column_privilege('holdfast_data', c.oid, 'SELECT')`,
  )) ?? { rows: [] };
  assert.ok(rows.length > 20);
  for (const { name } of rows) {
    await clients.control?.query('begin');
    for (const mode of ['access exclusive', 'exclusive', 'share row exclusive', 'share']) {
      await clients.control?.query('savepoint here');
      assert.equal(await attempt('control', `lock table ${name} in ${mode} mode`), INSUFFICIENT_PRIVILEGE, `${name} ${mode}`);
      await clients.control?.query('rollback to here');
    }
    await clients.control?.query('rollback');
  }
});

test('an append does what it does, whatever the session has set', async () => {
  const organization = '0199d3a0-0000-7000-8000-0000000000aa';
  const body = `{"action":"x.y","actor":{"id":null,"kind":"system","name":"t"},"outcome":"success"}`;
  const own = new pg.Client({ connectionString: database.controlUrl });
  await own.connect();
  try {
    await own.query(
      'create temporary table audit_event (like holdfast.audit_event); create temporary table audit_head (like holdfast.audit_head)',
    );
    await own.query(
      "set search_path = pg_temp, holdfast; set row_security = off; set datestyle = 'German'; set timezone = 'Asia/Kathmandu'",
    );
    await own.query(
      "set bytea_output = 'escape'; set extra_float_digits = -15; set standard_conforming_strings = off; set backslash_quote = off",
    );
    await own.query('select holdfast.append_audit($1, array[$2])', [organization, body]);
    const { rows } = await own.query(
      "select recorded_by, body, to_char(time at time zone 'UTC', 'YYYY') = to_char(now() at time zone 'UTC', 'YYYY') as today from holdfast.audit_event where organization_id = $1",
      [organization],
    );
    assert.deepEqual(rows, [{ recorded_by: 'control', body, today: true }]);
    assert.equal((await own.query('select from pg_temp.audit_event')).rowCount, 0);
  } finally {
    await own.end();
  }
});

test('what would be lost in a crash is not appended', async () => {
  const own = new pg.Client({ connectionString: database.controlUrl });
  await own.connect();
  try {
    await own.query('set synchronous_commit = off');
    await assert.rejects(own.query("select holdfast.append_audit(gen_random_uuid(), array['{}'])"), /synchronous_commit off/);
  } finally {
    await own.end();
  }
});
