import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import pg from 'pg';
import { roleUrl } from '../roles.ts';
import { emptyDatabase } from '../testing/index.ts';
import { asOwner } from './owner-session.ts';
import { type HomeIdentity, prepareSchema } from './prepare.ts';
import { PrepareError } from './prepare-error.ts';

const aHome = (more: Partial<HomeIdentity> = {}): HomeIdentity => ({
  homeId: randomUUID(),
  rootKeyId: undefined,
  passwords: { control: randomUUID(), data: randomUUID() },
  passwordsKnown: false,
  ...more,
});

/** As the data plane does at its first start. */
const storeKeyOf = (ownerUrl: string, rootKeyId: string) =>
  asOwner(ownerUrl, 'test', (client) =>
    client.query(
      `with made as (insert into holdfast.signing_key (id, public_key, current) values (gen_random_uuid(), $1, true) returning id)
       insert into holdfast.signing_private_key select id, $2, $1 from made`,
      [Buffer.alloc(32), rootKeyId],
    ),
  );

async function logsIn(ownerUrl: string, role: string, password: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: roleUrl(ownerUrl, role, password) });
  try {
    await client.connect();
    await client.query('select id from holdfast.instance');
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, '28P01');
    return false;
  } finally {
    await client.end();
  }
}

test('the owner needs to be no superuser, at the first start and at the next', async (t) => {
  await using database = await emptyDatabase();
  const owner = process.env.HOLDFAST_TEST_DATABASE_OWNER ?? 'superuser';
  const { rows } = await asOwner(database.ownerUrl, 'test', (client) =>
    client.query('select rolsuper, rolcreatedb, rolbypassrls, version() from pg_roles where rolname = current_user'),
  );
  t.diagnostic(`${owner}: ${rows[0].version}`);
  if (owner === 'createrole') assert.deepEqual([rows[0].rolsuper, rows[0].rolcreatedb, rows[0].rolbypassrls], [false, false, false]);
  const home = aHome();
  assert.equal((await prepareSchema(database.ownerUrl, home)).found, 'new');
  assert.equal((await prepareSchema(database.ownerUrl, home)).found, 'existing');
  await storeKeyOf(database.ownerUrl, 'root-1');
  assert.equal((await prepareSchema(database.ownerUrl, { ...home, rootKeyId: 'root-1' })).found, 'existing');
});

test('a home with another root key, or none, is refused and changes nothing', async () => {
  await using database = await emptyDatabase();
  const home = aHome();
  const { roles } = await prepareSchema(database.ownerUrl, home);
  await storeKeyOf(database.ownerUrl, 'root-1');
  for (const other of [
    aHome(),
    aHome({ rootKeyId: 'root-2' }),
    aHome({ homeId: home.homeId, rootKeyId: 'root-2', passwordsKnown: true }),
  ]) {
    await assert.rejects(
      prepareSchema(database.ownerUrl, other),
      (error: Error) => error instanceof PrepareError && /root-1/.test(error.message),
    );
    assert.equal(await logsIn(database.ownerUrl, roles.control, home.passwords.control), true);
    assert.equal(await logsIn(database.ownerUrl, roles.data, home.passwords.data), true);
    assert.equal(await logsIn(database.ownerUrl, roles.data, other.passwords.data), other.passwords.data === home.passwords.data);
  }
});

test('of two homes that start at once on one new database, one has it and the other changes nothing', async () => {
  await using database = await emptyDatabase();
  const homes = [aHome(), aHome()];
  const outcomes = await Promise.allSettled(homes.map((home) => prepareSchema(database.ownerUrl, home)));
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
  const [won, lost] = [outcomes[winner], outcomes[1 - winner]];
  assert.ok(won?.status === 'fulfilled' && lost?.status === 'rejected');
  assert.match((lost.reason as Error).message, /Another home has begun to use this database/);
  const { roles } = won.value;
  assert.equal(await logsIn(database.ownerUrl, roles.control, homes[winner]?.passwords.control ?? ''), true);
  assert.equal(await logsIn(database.ownerUrl, roles.control, homes[1 - winner]?.passwords.control ?? ''), false);
  await assert.rejects(prepareSchema(database.ownerUrl, homes[1 - winner] ?? aHome()), PrepareError, 'nor later');
});

test('two instances on one server have roles of their own', async () => {
  await using first = await emptyDatabase();
  await using second = await emptyDatabase();
  const [one, two] = [await prepareSchema(first.ownerUrl, aHome()), await prepareSchema(second.ownerUrl, aHome())];
  assert.equal(new Set([...Object.values(one.roles), ...Object.values(two.roles)]).size, 4);
  for (const roles of [one.roles, two.roles]) {
    assert.match(roles.control, /^holdfast_[0-9a-f]{8}_control$/);
    assert.match(roles.data, /^holdfast_[0-9a-f]{8}_data$/);
  }
});

test('a root key beside an empty database is no new instance', async () => {
  await using database = await emptyDatabase();
  await assert.rejects(
    prepareSchema(database.ownerUrl, aHome({ rootKeyId: 'root-1' })),
    (error: Error) => error instanceof PrepareError && /database is empty/.test(error.message) && /holdfast restore/.test(error.remedy),
  );
  const { rows } = await asOwner(database.ownerUrl, 'test', (client) =>
    client.query("select from pg_namespace where nspname = 'holdfast'"),
  );
  assert.equal(rows.length, 0, 'nothing was made');
});

test('a password and settings that a role has changed are set right by the next start', async () => {
  await using database = await emptyDatabase();
  const home = aHome();
  const { roles } = await prepareSchema(database.ownerUrl, home);
  const control = new pg.Client({ connectionString: roleUrl(database.ownerUrl, roles.control, home.passwords.control) });
  await control.connect();
  await control.query('alter role current_user set synchronous_commit = off');
  await control.query('alter role current_user set default_transaction_read_only = on');
  await control.query("alter role current_user password 'taken over'");
  await control.end();
  assert.equal(await logsIn(database.ownerUrl, roles.control, home.passwords.control), false);

  await prepareSchema(database.ownerUrl, { ...home, passwordsKnown: true });
  assert.equal(await logsIn(database.ownerUrl, roles.control, home.passwords.control), true);
  const { rowCount } = await asOwner(database.ownerUrl, 'test', (client) =>
    client.query('select from pg_db_role_setting where setrole = (select oid from pg_roles where rolname = $1)', [roles.control]),
  );
  assert.equal(rowCount, 0);
});

test('the same root key in another home takes over when nobody uses the database, and is refused while somebody does', async () => {
  await using database = await emptyDatabase();
  const home = aHome();
  const { roles } = await prepareSchema(database.ownerUrl, home);
  await storeKeyOf(database.ownerUrl, 'root-1');
  const running = new pg.Client({ connectionString: roleUrl(database.ownerUrl, roles.data, home.passwords.data) });
  await running.connect();
  const moved = aHome({ rootKeyId: 'root-1' });
  await assert.rejects(prepareSchema(database.ownerUrl, moved), /started from another home with the same root key/);
  assert.equal(await logsIn(database.ownerUrl, roles.data, home.passwords.data), true);
  await running.end();
  for (let attempt = 0; ; attempt += 1) {
    // The server notices the end of a session a little later.
    const result = await prepareSchema(database.ownerUrl, moved).catch((error: Error) => error);
    if (!(result instanceof Error)) break;
    assert.ok(attempt < 100, result.message);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(await logsIn(database.ownerUrl, roles.data, moved.passwords.data), true);
});

test('an owner without a needed privilege is answered which one, and where', async () => {
  await using database = await emptyDatabase();
  await using open = new AsyncDisposableStack();
  const name = `poor_${randomUUID().slice(0, 8)}`;
  const { rows } = await asOwner(database.superuserUrl, 'test', (client) => client.query('select current_database() as name'));
  await asOwner(database.superuserUrl, 'test', (client) =>
    client.query(`create role ${name} login password 'x'; grant create on database ${rows[0].name} to ${name}`),
  );
  open.defer(() =>
    asOwner(database.superuserUrl, 'test', (client) => client.query(`drop owned by ${name}; drop role ${name}`)).then(() => {}),
  );
  await assert.rejects(
    prepareSchema(roleUrl(database.ownerUrl, name, 'x'), aHome()),
    (error: Error) =>
      error instanceof PrepareError && /may not make or change the role/.test(error.message) && /createrole/.test(error.remedy),
  );
});

test('roles.sql and the migrations name no role of one instance', async () => {
  const { readdirSync, readFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const migrations = join(import.meta.dirname, '..', 'migrations');
  const paths = [join(import.meta.dirname, '..', 'roles.sql'), ...readdirSync(migrations).map((name) => join(migrations, name))];
  for (const path of paths) assert.doesNotMatch(readFileSync(path, 'utf8'), /holdfast_(?:control|data)\b/, path);
});
