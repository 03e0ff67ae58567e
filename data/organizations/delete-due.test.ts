import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendAudit, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { createLogger } from '@holdfast/service';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import {
  ACTOR,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { deleteDueOrganizations } from './delete-due.ts';

let instance: TestInstance;
before(async () => {
  instance = await testInstance({ metrics: true });
});
after(() => instance[Symbol.asyncDispose]());

const logger = createLogger({ name: 'test', level: 'silent' });
let forgotten = 0;
const keys = {
  async forgetDestroyed() {
    forgotten += 1;
  },
};
const deleteDue = async () => {
  await using data = instance.connectAs('data');
  return await deleteDueOrganizations({ db: data, keys, logger, connectLong: () => instance.connectAs('data') });
};
/**
 * The plane's own round, once a minute, deletes nothing until this is disposed of: no lease is renewed or
 * taken meanwhile.
 */
async function withoutPeriodicWork(): Promise<AsyncDisposable> {
  await sql`create function keep_lease() returns trigger language plpgsql as 'begin return null; end'`.execute(instance.owner);
  await sql`create trigger keep_lease before update on lease for each row execute function keep_lease()`.execute(instance.owner);
  await eventually('the plane to know that it has no lease', async () => {
    const { body } = await instance.plane.server.inject({ url: '/metrics', headers: { host: '127.0.0.1' } });
    return body.split('\n').includes('holdfast_periodic_work 0');
  });
  return {
    async [Symbol.asyncDispose]() {
      await sql`drop function keep_lease cascade`.execute(instance.owner);
    },
  };
}

/** Refused for want of a right. */
const REFUSED = { code: '42501' };

/** An organization with a row in every table that can hold one. */
async function furnished(): Promise<TestOrganization> {
  const organization = await testOrganization(instance);
  const { id, projectId } = organization;
  const secret = await testSecret(instance, organization, 'STORE', 'a value that is long enough');
  const component = await testComponent(instance, organization, { container: 'c' }, { connectionString: secret });
  await testSecret(instance, organization, 'OWN', 'its own value, long enough', { componentId: component });
  const [user, workflow, run, document] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  const invitation = uuidv7();
  const link = uuidv7();
  const run_sql = (text: ReturnType<typeof sql>) => text.execute(instance.owner);
  await run_sql(sql`insert into auth."user" (id, name, email, "emailVerified") values (${user}, 'U', ${`${user}@example.com`}, true)`);
  await run_sql(sql`insert into auth.member values (gen_random_uuid(), ${id}, ${user}, 'owner', now())`);
  await run_sql(sql`insert into auth.invitation (id, "organizationId", email, role, status, "expiresAt", "inviterId")
    values (${invitation}, ${id}, 'i@example.com', 'viewer', 'pending', now() + interval '1 day', ${user})`);
  await run_sql(sql`insert into account_link (id, purpose, email, invitation_id, expires_at)
    values (${link}, 'invitation', 'i@example.com', ${invitation}, now() + interval '1 day')`);
  await run_sql(sql`insert into invitation_mail (organization_id, invitation_id, link_id, recipient, organization_name, inviter_name, role, console_url)
    values (${id}, ${invitation}, ${link}, 'i@example.com', 'O', 'U', 'viewer', 'http://x')`);
  await run_sql(sql`insert into invitation_count values (${id}, '2026-11-25', ${user}, 1)`);
  await run_sql(sql`insert into access_token (organization_id, id, member_user_id, name, token_hash, expires_at)
    values (${id}, gen_random_uuid(), ${user}, 't', sha256(${id}::text::bytea), now() + interval '1 day')`);
  await run_sql(sql`insert into secret_scope values (${id}, ${secret.id}, ${projectId})`);
  await run_sql(sql`insert into deleted_secret values (${id}, gen_random_uuid())`);
  await run_sql(sql`insert into secret_use_day values (${id}, ${secret.id}, '2026-11-25', 1)`);
  await run_sql(sql`insert into workflow (organization_id, id, project_id, name, created_by)
    values (${id}, ${workflow}, ${projectId}, 'W', ${ACTOR})`);
  await run_sql(sql`insert into workflow_version (organization_id, workflow_id, number, definition, components, published_by)
    values (${id}, ${workflow}, 1, '{}', '{}', ${ACTOR})`);
  await run_sql(sql`insert into workflow_component values (${id}, ${workflow}, ${component})`);
  await run_sql(sql`insert into run (organization_id, id, workflow_id, project_id, number, status, definition, version, started_by)
    values (${id}, ${run}, ${workflow}, ${projectId}, 1, 'succeeded', '{}', 1, ${ACTOR})`);
  await run_sql(sql`insert into document (organization_id, id, project_id, run_id, name, content_type, size, sha256, created_by)
    values (${id}, ${document}, ${projectId}, ${run}, 'd', 'text/plain', 1, sha256('x'), ${ACTOR})`);
  for (let number = 0; number < 230; number += 1)
    await run_sql(sql`insert into document_chunk values (${id}, ${document}, ${number}, 'x')`);
  await run_sql(sql`insert into run_item (organization_id, run_id, id, document_id, name, content_type, size)
    values (${id}, ${run}, gen_random_uuid(), ${document}, 'd', 'text/plain', 1)`);
  await run_sql(sql`insert into run_log (organization_id, run_id, level, message) values (${id}, ${run}, 'info', 'm')`);
  await run_sql(
    sql`insert into component_test (organization_id, id, component_id, requested_by) values (${id}, gen_random_uuid(), ${component}, ${ACTOR})`,
  );
  const rotation = uuidv7();
  await run_sql(
    sql`insert into key_rotation (organization_id, id, requested_by, finished_at) values (${id}, ${rotation}, ${ACTOR}, now())`,
  );
  await run_sql(sql`insert into key_rotation_failure values (${id}, ${rotation}, gen_random_uuid(), ${secret.id}, 'STORE', 'x')`);
  await run_sql(sql`insert into audit_tile values (${id}, 0, 0, ${Buffer.alloc(8_192)}) on conflict do nothing`);
  await eventually('its first checkpoint', () =>
    instance.owner.selectFrom('checkpoint').select('size').where('organization_id', '=', id).executeTakeFirst(),
  );
  return organization;
}

/** How many rows each table holds of an organization; of tables that hold none, nothing. */
async function rowsOf(organizationId: string): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ name: string; column: string }>`
    select format('%I.%I', table_schema, table_name) as name, column_name as column from information_schema.columns
    where table_schema in ('holdfast', 'auth') and column_name in ('organization_id', 'organizationId') order by 1`.execute(instance.owner);
  const counts: Record<string, number> = {};
  for (const { name, column } of tables) {
    const { rows } = await sql<{ count: number }>`
      select count(*) from ${sql.raw(name)} where ${sql.ref(column)} = ${organizationId}`.execute(instance.owner);
    if (Number(rows[0]?.count) > 0) counts[name] = Number(rows[0]?.count);
  }
  return counts;
}

/** As the control plane, for an owner. */
const ask = (organizationId: string) =>
  instance.control.insertInto('organization_deletion').values({ organization_id: organizationId, requested_by: ACTOR }).execute();
const dateHasCome = (organizationId: string) =>
  instance.owner
    .updateTable('organization_deletion')
    .set({ delete_at: new Date(Date.now() - 1) })
    .where('organization_id', '=', organizationId)
    .execute();
const cancel = async (organizationId: string) =>
  (await sql<{ kept: boolean }>`select cancel_organization_deletion(${organizationId}) as kept`.execute(instance.control)).rows[0]?.kept;

test('an organization is left alone until its date, and then nothing of it is left, whatever it had; others keep all', async () => {
  const [deleted, other] = [await furnished(), await furnished()];
  const undisturbed = await withoutPeriodicWork();
  const had = await rowsOf(deleted.id);
  assert.ok(Object.keys(had).length >= 30, Object.keys(had).join());
  const others = await rowsOf(other.id);
  await ask(deleted.id);
  assert.equal(await deleteDue(), 0, 'not before its date');
  assert.deepEqual(await rowsOf(deleted.id), { ...had, 'holdfast.organization_deletion': 1 });
  await dateHasCome(deleted.id);
  assert.deepEqual((await Promise.all([deleteDue(), deleteDue()])).sort(), [0, 1], 'by one of two nodes');
  assert.deepEqual(await rowsOf(deleted.id), {});
  assert.ok(forgotten > 0, 'its keys are not in memory either');
  assert.deepEqual(await rowsOf(other.id), others);
  const gone = await instance.owner.selectFrom('deleted_organization').select(['id', 'slug']).execute();
  assert.deepEqual(gone, [{ id: deleted.id, slug: deleted.slug }]);
  const links = await instance.owner.selectFrom('account_link').select('email').execute();
  assert.equal(links.length, 1, 'the link of its invitation went with it');

  // The files: what was signed is kept, so that an export of the record still verifies; nothing is followed
  // any more.
  await undisturbed[Symbol.asyncDispose]();
  const folder = instance.settings.recordFolder;
  await eventually('its checkpoints to be set aside', () => existsSync(join(folder, `deleted-${deleted.id}`, 'checkpoint')));
  await eventually('its folder to be gone', () => !existsSync(join(folder, deleted.id)));
  assert.equal(instance.plane.follower.stopped().size, 0, 'nobody is alarmed');
  assert.deepEqual(await rowsOf(deleted.id), {});

  // Somebody who writes the database brings an older state of it back.
  await transaction(instance.owner, async (tx) => {
    await sql`delete from deleted_organization`.execute(tx);
    await appendAudit(tx, deleted.id, [{ action: 'project.create', actor: JSON.parse(ACTOR), outcome: 'success' }]);
  });
  await assert.rejects(instance.plane.follower.follow(deleted.id), { code: 'record_stopped' });
});

test('keys and values go first, and a deletion that was interrupted then goes on and is not taken back', async () => {
  const organization = await furnished();
  await using _ = await withoutPeriodicWork();
  await ask(organization.id);
  await dateHasCome(organization.id);
  await using data = instance.connectAs('data');
  await sql`select begin_organization_deletion(${organization.id})`.execute(data);
  const left = await rowsOf(organization.id);
  for (const name of ['organization_private_key', 'sealed_value', 'access_token']) assert.equal(left[`holdfast.${name}`], undefined, name);
  assert.equal(left['holdfast.document_chunk'], 230);
  assert.equal(await cancel(organization.id), false);
  assert.equal(await deleteDue(), 1);
  assert.deepEqual(await rowsOf(organization.id), {});
});

test('documents stay until the last run has ended, which is cancelled and may still be reading them', async () => {
  const organization = await furnished();
  await instance.plane.close();
  await instance.owner.updateTable('run').set({ status: 'running' }).where('organization_id', '=', organization.id).execute();
  await ask(organization.id);
  await dateHasCome(organization.id);
  const deleting = deleteDue();
  await eventually('its keys to be gone', async () => (await rowsOf(organization.id))['holdfast.organization_private_key'] === undefined);
  await sleep(1_000);
  assert.equal((await rowsOf(organization.id))['holdfast.document_chunk'], 230);
  const ended = await instance.owner
    .updateTable('run')
    .set({ status: 'cancelled' })
    .where('organization_id', '=', organization.id)
    .where('cancel_requested', '=', true)
    .executeTakeFirst();
  assert.equal(ended.numUpdatedRows, 1n, 'It was cancelled.');
  assert.equal(await deleting, 1);
  assert.deepEqual(await rowsOf(organization.id), {});
  await instance.restart();
});

test('one that cannot be deleted keeps no other', async () => {
  const [first, second] = [await furnished(), await furnished()];
  await using _ = await withoutPeriodicWork();
  for (const { id } of [first, second]) {
    await ask(id);
    await dateHasCome(id);
  }
  let calls = 0;
  const failing = {
    async forgetDestroyed() {
      calls += 1;
      if (calls === 1) throw new Error('not this one');
    },
  };
  await using data = instance.connectAs('data');
  const dependencies = { db: data, keys: failing, logger, connectLong: () => instance.connectAs('data') };
  await assert.rejects(deleteDueOrganizations(dependencies), /not this one/);
  const left = await Promise.all([first, second].map(async ({ id }) => Object.keys(await rowsOf(id)).length));
  assert.equal(left.filter((tables) => tables === 0).length, 1);
  assert.equal(await deleteDue(), 1);
});

test('a deletion is taken back until its date', async () => {
  const organization = await furnished();
  await ask(organization.id);
  assert.equal(await cancel(organization.id), true);
  assert.equal(await cancel(organization.id), false, 'once');
  assert.equal(await deleteDue(), 0);
  assert.equal((await rowsOf(organization.id))['holdfast.organization_deletion'], undefined);
});

test('a process that waits to write into the record of an organization while it is deleted begins none', async () => {
  const organization = await furnished();
  await using _ = await withoutPeriodicWork();
  await ask(organization.id);
  await dateHasCome(organization.id);
  assert.equal(await deleteDue(), 1);
  const append = transaction(instance.control, (tx) =>
    appendAudit(tx, organization.id, [{ action: 'session.sign-in', actor: JSON.parse(ACTOR), outcome: 'success' }]),
  );
  await assert.rejects(append, { code: '40001' });
  assert.deepEqual(await rowsOf(organization.id), {});
});

test('the control plane sets no date and deletes nothing; the data plane asks for nothing; the record stays until its date', async () => {
  const organization = await testOrganization(instance);
  const { id } = organization;
  await using control = instance.connectAs('control');
  await using data = instance.connectAs('data');
  const insert = { organization_id: id, requested_by: ACTOR };
  const past = new Date(0);
  await assert.rejects(
    control
      .insertInto('organization_deletion')
      .values({ ...insert, delete_at: past })
      .execute(),
    REFUSED,
  );
  await assert.rejects(
    control
      .insertInto('organization_deletion')
      .values({ ...insert, begun_at: past })
      .execute(),
    REFUSED,
  );
  await control.insertInto('organization_deletion').values(insert).execute();
  await assert.rejects(control.updateTable('organization_deletion').set({ delete_at: past }).execute(), REFUSED);
  await assert.rejects(control.deleteFrom('organization_deletion').execute(), REFUSED);
  for (const name of ['begin', 'finish']) {
    await assert.rejects(sql`select ${sql.raw(name)}_organization_deletion(${id})`.execute(control), REFUSED, name);
  }
  await assert.rejects(
    data
      .insertInto('organization_deletion')
      .values({ ...insert, organization_id: uuidv7() })
      .execute(),
    REFUSED,
  );
  await assert.rejects(data.updateTable('organization_deletion').set({ delete_at: past }).execute(), REFUSED);
  // The data plane's own function does nothing before the date, and the other one nothing before the first.
  for (const name of ['begin', 'finish']) {
    const { rows } = await sql<{ done: boolean }>`select ${sql.raw(name)}_organization_deletion(${id}) as done`.execute(data);
    assert.equal(rows[0]?.done, false, name);
  }
  await assert.rejects(
    instance.owner.deleteFrom('audit_event').where('organization_id', '=', id).execute(),
    /append-only/,
    'Not even the owner of the tables, before it has begun.',
  );
  const { delete_at: at } = await control
    .selectFrom('organization_deletion')
    .select('delete_at')
    .where('organization_id', '=', id)
    .executeTakeFirstOrThrow();
  assert.ok(Math.abs(at.getTime() - Date.now() - 7 * 86_400_000) < 60_000);
});
