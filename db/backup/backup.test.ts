import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { connect } from '../connection/connect.ts';
import { transaction } from '../connection/transaction.ts';
import { triggerDefinitions } from '../record/definitions.ts';
import { roleUrl } from '../roles.ts';
import { migrate, readMigrations } from '../schema/migrate.ts';
import { asOwner } from '../schema/owner-session.ts';
import { type HomeIdentity, prepareSchema } from '../schema/prepare.ts';
import type { Tables } from '../tables.ts';
import { emptyDatabase } from '../testing/index.ts';
import { carriedTables } from './archived-schema.ts';
import { checkArchive, restoreBackup } from './restore-backup.ts';
import { removeUnfinishedRestore } from './restore-claim.ts';
import { CARRIED, LEFT_OUT } from './tables.ts';
import { quoted, writeBackup } from './write-backup.ts';

const ROOT_KEY = 'root-1';
const ORGANIZATION = '0199d3a0-0000-7000-8000-000000000001';
const OTHER_WORKFLOW = '0199d3a0-0000-7000-8000-000000000002';
const aHome = (more: Partial<HomeIdentity> = {}): HomeIdentity => ({
  homeId: randomUUID(),
  rootKeyId: ROOT_KEY,
  passwords: { control: randomUUID(), data: randomUUID() },
  passwordsKnown: false,
  ...more,
});

/** Some rows of every kind, as both planes write them. */
const FILL = `
  set search_path = holdfast;
  insert into auth."user" ("id", "name", "email", "emailVerified") values ('${randomUUID()}', 'Ada', 'ada@example.com', true);
  insert into auth."organization" ("id", "name", "slug", "createdAt") values ('${ORGANIZATION}', 'Acmé "x"', 'acme', now());
  insert into auth."session" ("expiresAt", "token", "updatedAt", "userId") select now() + interval '1 day', 'secret', now(), "id" from auth."user";
  insert into signing_key (id, public_key, current) values ('${randomUUID()}', decode(repeat('00', 32), 'hex'), true);
  insert into signing_private_key select id, '${ROOT_KEY}', 'wrapped' from signing_key;
  insert into organization_key (organization_id, id, generation, public_key, signature, signing_key_id, current)
    select '${ORGANIZATION}', gen_random_uuid(), 1, decode(repeat('01', 1216), 'hex'), decode(repeat('02', 64), 'hex'), id, true from signing_key;
  insert into access_token (organization_id, id, member_user_id, name, token_hash, expires_at)
    select '${ORGANIZATION}', gen_random_uuid(), "id", 't', decode(repeat('03', 32), 'hex'), now() + interval '1 day' from auth."user";
  insert into project (organization_id, id, name, created_by) values ('${ORGANIZATION}', '${ORGANIZATION}', E'tab\\tline\\nbackslash\\\\ \\N', '{"kind":"system"}');
  insert into secret (organization_id, id, name, destinations, created_by) select '${ORGANIZATION}', gen_random_uuid(), 'KEY_' || n, array['https://a:1', 'b'], '{}' from generate_series(1, 300) n;
  insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
    select s.organization_id, s.id, gen_random_uuid(), k.id, 'current', '{}' from secret s, organization_key k;
  insert into sealed_value select organization_id, id, decode(repeat(md5(id::text), 100), 'hex') from secret_version;
  insert into workflow (organization_id, id, project_id, name, created_by) values ('${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', 'w', '{}');
  insert into workflow_version (organization_id, workflow_id, number, definition, components, published_by)
    values ('${ORGANIZATION}', '${ORGANIZATION}', 1, '{"sources":[{"name":"f","kind":"folder","folder":"f"}],"steps":[]}', '{}', '{}');
  insert into workflow (organization_id, id, project_id, name, created_by) values ('${ORGANIZATION}', '${OTHER_WORKFLOW}', '${ORGANIZATION}', 'of new documents', '{}');
  insert into workflow_version (organization_id, workflow_id, number, definition, components, published_by)
    values ('${ORGANIZATION}', '${OTHER_WORKFLOW}', 1, '{"sources":[{"name":"s","kind":"component","documents":"new"}],"steps":[]}', '{}', '{}');
  insert into workflow_trigger (organization_id, id, workflow_id, kind, name, configuration, token_hash, created_by, updated_by)
    select '${ORGANIZATION}', gen_random_uuid(), workflow, kind, name, '{}', case when kind = 'upload' then decode(repeat('05', 32), 'hex') end, '{}', '{}'
    from (values ('${ORGANIZATION}'::uuid, 'cron', 'nightly'), ('${ORGANIZATION}', 'upload', 'scanner'), ('${ORGANIZATION}', 'webhook', 'shop'),
      ('${OTHER_WORKFLOW}', 'cron', 'nightly, new'), ('${OTHER_WORKFLOW}', 'poll', 'poll')) as t (workflow, kind, name);
  insert into trigger_state (organization_id, trigger_id, revision, next_at, run_id, outcome)
    select organization_id, id, 1, now() - interval '1 hour', organization_id, 'started' from workflow_trigger;
  insert into run (organization_id, id, workflow_id, project_id, number, status, definition, version, started_by)
    values ('${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', 1, 'running', '{"sources":[{"folder":"f"}]}', 1, '{}');
  insert into run_log (organization_id, run_id, level, message) select '${ORGANIZATION}', '${ORGANIZATION}', 'info', 'm' || n from generate_series(1, 20) n;
  insert into document (organization_id, id, project_id, run_id, name, content_type, size, sha256, created_by)
    values ('${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', 'd', 'text/plain', 1, decode(repeat('04', 32), 'hex'), '{}');
  insert into document_chunk select '${ORGANIZATION}', '${ORGANIZATION}', n, decode(repeat(md5(n::text), 32768), 'hex') from generate_series(0, 3) n;
  select append_audit('${ORGANIZATION}', array(select '{"action":"secret.create","actor":{"id":null,"kind":"system","name":"' || n || '"},"outcome":"success"}' from generate_series(1, 500) n));`;

/** So many migrations came before the one that made the tables of triggers. */
const BEFORE_TRIGGERS = 11;
const FILL_BEFORE_TRIGGERS = `
  set search_path = holdfast;
  insert into instance (id, home_id, role_prefix) values (gen_random_uuid(), '${randomUUID()}', 'holdfast_older');
  insert into auth."organization" ("id", "name", "slug", "createdAt") values ('${ORGANIZATION}', 'Acme', 'acme', now());
  insert into project (organization_id, id, name, created_by) values ('${ORGANIZATION}', '${ORGANIZATION}', 'p', '{}');
  insert into workflow (organization_id, id, project_id, name, created_by) values ('${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', 'w', '{}');
  insert into workflow_version (organization_id, workflow_id, number, definition, components, published_by)
    values ('${ORGANIZATION}', '${ORGANIZATION}', 1, '{"sources":[],"steps":[]}', '{}', '{}');
  insert into run (organization_id, id, workflow_id, project_id, number, status, definition, version, started_by)
    values ('${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', '${ORGANIZATION}', 1, 'running', '{"sources":[]}', 1, '{}');`;

async function filledDatabase() {
  const database = await emptyDatabase();
  await prepareSchema(database.ownerUrl, aHome({ rootKeyId: undefined }));
  await asOwner(database.ownerUrl, 'test', (client) => client.query(FILL));
  return database;
}

async function backupOf(ownerUrl: string, documents = true): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await writeBackup(ownerUrl, { documents }, async (bytes) => void pieces.push(bytes));
  return Buffer.concat(pieces);
}

/** In pieces that fit no block. */
const open = (archive: Buffer) =>
  async function* () {
    for (let at = 0; at < archive.length; at += 10_007) yield archive.subarray(at, at + 10_007);
  };

async function restore(ownerUrl: string, archive: Buffer, home = aHome()) {
  return restoreBackup(ownerUrl, home, open(archive), await checkArchive(open(archive)()));
}

/** Every row of a table, as text in one order. */
async function contentOf(ownerUrl: string, table: string): Promise<string[]> {
  const { rows } = await asOwner(ownerUrl, 'test', (client) => client.query(`select t::text as row from ${quoted(table)} t order by 1`));
  return rows.map(({ row }) => row);
}

/** What a restore changes itself. */
const CHANGED = [
  'holdfast.instance',
  'holdfast.audit_head',
  'holdfast.audit_event',
  'holdfast.run',
  'holdfast.workflow_trigger',
  'holdfast.trigger_state',
];

test('every table is carried by a backup or left out of it, by name', async () => {
  await using database = await emptyDatabase();
  await prepareSchema(database.ownerUrl, aHome({ rootKeyId: undefined }));
  const { rows } = await asOwner(database.ownerUrl, 'test', (client) =>
    client.query(
      `select table_schema || '.' || table_name as name from information_schema.tables
       where table_schema in ('holdfast', 'auth') and table_type = 'BASE TABLE'`,
    ),
  );
  const named = [...CARRIED, ...Object.keys(LEFT_OUT)];
  assert.deepEqual(
    rows.map(({ name }) => name).filter((name) => !named.includes(name)),
    [],
    'put it into db/backup/tables.ts',
  );
  assert.equal(new Set(named).size, named.length);
  assert.deepEqual(carriedTables(readMigrations()), CARRIED, 'The migrations say which tables there are.');
});

describe('a backup', { concurrency: false }, () => {
  test('restored into an empty database is what was there, in another epoch, without tokens and sessions, and on the record', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const archive = await backupOf(source.ownerUrl);
    const home = aHome();
    const facts = await restore(target.ownerUrl, archive, home);
    for (const table of CARRIED.filter((name) => !CHANGED.includes(name))) {
      assert.deepEqual(await contentOf(target.ownerUrl, table), await contentOf(source.ownerUrl, table), table);
    }
    assert.deepEqual([facts.epoch, facts.organizations, facts.runsEnded], [1, 1, 1]);
    for (const table of ['auth.session', 'holdfast.access_token', 'auth.invitation'])
      assert.deepEqual(await contentOf(target.ownerUrl, table), []);
    const { rows: events } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query('select sequence::integer, (facts).action, recorded_by from holdfast.audit_event order by sequence desc limit 2'),
    );
    assert.deepEqual(events, [
      { sequence: 501, action: 'instance.restore', recorded_by: 'operator' },
      { sequence: 500, action: 'secret.create', recorded_by: 'operator' },
    ]);
    const before = await contentOf(source.ownerUrl, 'holdfast.audit_event');
    assert.deepEqual((await contentOf(target.ownerUrl, 'holdfast.audit_event')).filter((row) => before.includes(row)).length, 500);
    // Both planes can log in, under names of their own; numbers and triggers go on.
    const data = new pg.Client({ connectionString: roleUrl(target.ownerUrl, facts.prepared.roles.data, home.passwords.data) });
    await data.connect();
    const { rows: logged } = await data.query(
      `insert into holdfast.run_log (organization_id, run_id, level, message) values ($1, $1, 'info', 'next') returning sequence::integer`,
      [ORGANIZATION],
    );
    assert.equal(logged[0].sequence, 21);
    await data.end();
    await asOwner(target.ownerUrl, 'test', async (client) => {
      await assert.rejects(client.query('delete from holdfast.audit_event'), /append-only/);
    });
  });

  test('says of what was being sent that it may have arrived, and lets the rest of its run wait', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const [sent, done, begun, step] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await asOwner(source.ownerUrl, 'test', async (client) => {
      await client.query(
        `insert into holdfast.run_item (organization_id, run_id, id, name, content_type, size, status, sending_step)
         select $1, $1, id, name, 'text/plain', 1, 'running', step from unnest($2::uuid[], $3::uuid[], $4::text[]) as t (id, step, name)`,
        [ORGANIZATION, [sent, done, begun], [step, step, null], ['sent', 'done', 'begun']],
      );
      await client.query(
        `insert into holdfast.item_step (organization_id, run_id, item_id, step_id, outcome, milliseconds) values ($1, $1, $2, $3, 'published', 1)`,
        [ORGANIZATION, done, step],
      );
    });
    await restore(target.ownerUrl, await backupOf(source.ownerUrl));
    const { rows } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query(`select name, status, failure ->> 'code' as code, finished_at is not null as finished, sending_step
        from holdfast.run_item order by name`),
    );
    assert.deepEqual(
      rows.map(({ name, status, code, finished, sending_step }) => [name, status, code, finished, sending_step]),
      [
        ['begun', 'waiting', null, false, null],
        ['done', 'waiting', null, false, null],
        ['sent', 'failed', 'publication_uncertain', true, null],
      ],
    );
  });

  test('fires nothing again: next times are those after the restore, and what takes new documents is paused, on the record', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const facts = await restore(target.ownerUrl, await backupOf(source.ownerUrl));
    assert.equal(facts.triggersPaused, 2);
    const { rows } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query(`select t.name, t.enabled, t.token_hash is not null as has_token, s.next_at, s.revision, s.outcome from holdfast.workflow_trigger t
        join holdfast.trigger_state s on s.trigger_id = t.id order by t.name`),
    );
    assert.deepEqual(
      rows.map(({ name, enabled, has_token, next_at, revision, outcome }) => [name, enabled, has_token, next_at, revision, outcome]),
      [
        ['nightly', true, false, null, 0, 'started'],
        ['nightly, new', false, false, null, 0, 'started'],
        ['poll', false, false, null, 0, 'started'],
        ['scanner', true, true, null, 0, 'started'],
        ['shop', true, false, null, 0, 'started'],
      ],
    );
    const { rows: events } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query(`select body::json as body from holdfast.audit_event where (facts).action = 'instance.restore'`),
    );
    assert.equal(events[0].body.detail.triggersPaused, 2);
    await using db = connect<Tables>(target.ownerUrl, { name: 'test', maximumConnections: 2 });
    const { rows: paused } = await sql<{ id: string }>`select id from workflow_trigger where not enabled`.execute(db);
    const stated = await transaction(db, (tx) =>
      triggerDefinitions(
        tx,
        ORGANIZATION,
        paused.map(({ id }) => id),
      ),
    );
    assert.deepEqual(
      events[0].body.definitions.map(({ digest }: { digest: string }) => digest).sort(),
      stated.map(({ digest }) => digest).sort(),
    );
  });

  test('can be made without the bytes of documents', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const [whole, without] = [await backupOf(source.ownerUrl), await backupOf(source.ownerUrl, false)];
    assert.ok(whole.length - without.length > 2_000_000);
    await restore(target.ownerUrl, without);
    assert.deepEqual(await contentOf(target.ownerUrl, 'holdfast.document_chunk'), []);
    assert.equal((await contentOf(target.ownerUrl, 'holdfast.document')).length, 1);
  });

  test('is of one moment, whatever is written while it is made', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const writer = new pg.Client({ connectionString: source.ownerUrl, options: '-c search_path=holdfast' });
    await writer.connect();
    const pieces: Buffer[] = [];
    let number = 0;
    await writeBackup(source.ownerUrl, { documents: true }, async (bytes) => {
      pieces.push(bytes);
      number += 1;
      await writer.query(
        `with made as (insert into secret (organization_id, id, name, created_by) values ($1, gen_random_uuid(), 'LATE_' || $2::text, '{}') returning id)
         select append_audit($1, array['{"action":"secret.create","actor":{"id":null,"kind":"system","name":"late"},"outcome":"success"}']) from made`,
        [ORGANIZATION, number],
      );
    });
    await writer.end();
    assert.ok(number > 10);
    await restore(target.ownerUrl, Buffer.concat(pieces));
    assert.equal((await contentOf(target.ownerUrl, 'holdfast.secret')).length, 300);
    assert.equal((await contentOf(target.ownerUrl, 'holdfast.audit_event')).length, 501);
  });

  test('that is cut or changed anywhere is refused before anything is restored', async () => {
    await using source = await filledDatabase();
    const archive = await backupOf(source.ownerUrl, false);
    const refused = (bytes: Buffer) =>
      assert.rejects(checkArchive(open(bytes)()), (error: Error) => error.name === 'ArchiveError', `${bytes.length} bytes`);
    for (let part = 0; part < 60; part += 1) {
      const at = Math.floor((archive.length * part) / 60);
      await refused(archive.subarray(0, at));
      const changed = Buffer.from(archive);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refused(changed);
    }
    await refused(archive.subarray(0, -1));
    await refused(Buffer.concat([archive, Buffer.from('x')]));
    assert.equal((await checkArchive(open(archive)())).documents, false);
  });

  test('needs its root key, and an empty database', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const archive = await backupOf(source.ownerUrl, false);
    await assert.rejects(
      restore(target.ownerUrl, archive, aHome({ rootKeyId: undefined })),
      /needs the root key root-1, and there is none here/,
    );
    await assert.rejects(
      restore(target.ownerUrl, archive, aHome({ rootKeyId: 'root-2' })),
      /needs the root key root-1, and the one here is root-2/,
    );
    await assert.rejects(restore(source.ownerUrl, archive), /holds an instance already/);
    const { rows } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query("select from pg_namespace where nspname = 'holdfast'"),
    );
    assert.equal(rows.length, 0);
  });

  test('whose restore breaks off leaves nothing that starts, and can be restored again', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const archive = await backupOf(source.ownerUrl);
    const header = await checkArchive(open(archive)());
    const home = aHome();
    const breaking = async function* () {
      yield archive.subarray(0, archive.length - 400_000);
      throw new Error('The disk was taken away.');
    };
    await assert.rejects(restoreBackup(target.ownerUrl, home, breaking, header), /taken away/);
    await assert.rejects(prepareSchema(target.ownerUrl, home), /the database is empty/);
    assert.equal((await restore(target.ownerUrl, archive, home)).epoch, 1);
    await removeUnfinishedRestore(target.ownerUrl, home.homeId);
    assert.equal((await restore(target.ownerUrl, archive, home)).epoch, 1);
    await assert.rejects(removeUnfinishedRestore(target.ownerUrl, randomUUID()), /another home/);
  });

  test('of a version that had fewer tables is brought up to date when it is restored', async () => {
    await using source = await emptyDatabase();
    await using target = await emptyDatabase();
    const older = readMigrations().slice(0, BEFORE_TRIGGERS);
    await migrate(source.ownerUrl, older);
    await asOwner(source.ownerUrl, 'test', (client) => client.query(FILL_BEFORE_TRIGGERS));
    const archive = await backupOf(source.ownerUrl);
    const header = await checkArchive(open(archive)());
    assert.equal(header.schema.length, BEFORE_TRIGGERS);
    const facts = await restore(target.ownerUrl, archive);
    assert.equal(facts.prepared.migrationsApplied, readMigrations().length - BEFORE_TRIGGERS);
    assert.deepEqual([facts.epoch, facts.organizations, facts.runsEnded, facts.triggersPaused], [1, 1, 1, 0]);
    for (const table of carriedTables(older).filter((name) => !CHANGED.includes(name))) {
      assert.equal((await contentOf(target.ownerUrl, table)).length, (await contentOf(source.ownerUrl, table)).length, table);
    }
    assert.deepEqual(await contentOf(target.ownerUrl, 'holdfast.workflow_trigger'), []);
  });

  test('is not restored beside schemas of an application that have the same names, and leaves them as they are', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const theirs = ['auth.person', 'queue.parcel'];
    await asOwner(target.ownerUrl, 'test', async (client) => {
      for (const table of theirs) {
        await client.query(`create schema ${table.split('.')[0]}; create table ${table} (name text); insert into ${table} values ('kept')`);
      }
    });
    const home = aHome();
    const archive = await backupOf(source.ownerUrl, false);
    await assert.rejects(
      restore(target.ownerUrl, archive, home),
      (error: Error) => error.name === 'PrepareError' && /has the schema auth, queue already/.test(error.message),
    );
    await removeUnfinishedRestore(target.ownerUrl, home.homeId);
    for (const table of theirs) assert.deepEqual(await contentOf(target.ownerUrl, table), ['(kept)'], table);
    const { rows } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query(`select to_regnamespace('holdfast') is null as absent`),
    );
    assert.ok(rows[0].absent, 'Nothing was made.');
  });

  test('of which a restore was interrupted is taken away again, and what an application has made meanwhile is not', async () => {
    await using source = await filledDatabase();
    await using target = await emptyDatabase();
    const home = aHome();
    await restore(target.ownerUrl, await backupOf(source.ownerUrl, false), home);
    await asOwner(target.ownerUrl, 'test', (client) =>
      client.query(
        `drop schema queue cascade; create schema queue; create table queue.parcel (name text); insert into queue.parcel values ('kept')`,
      ),
    );
    await removeUnfinishedRestore(target.ownerUrl, home.homeId);
    assert.deepEqual(await contentOf(target.ownerUrl, 'queue.parcel'), ['(kept)']);
    const { rows } = await asOwner(target.ownerUrl, 'test', (client) =>
      client.query(`select nspname as name from pg_namespace where nspname in ('holdfast', 'auth', 'queue')`),
    );
    assert.deepEqual(rows, [{ name: 'queue' }]);
  });

  test('of a backup is the next epoch', async () => {
    await using source = await filledDatabase();
    await using second = await emptyDatabase();
    await using third = await emptyDatabase();
    await restore(second.ownerUrl, await backupOf(source.ownerUrl, false));
    assert.equal((await restore(third.ownerUrl, await backupOf(second.ownerUrl, false))).epoch, 2);
  });
});
