import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { appendAudit, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../../testing/envelopes.ts';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let organization: TestOrganization;
let number = 0;
before(async () => {
  instance = await testInstance();
});
after(() => instance?.[Symbol.asyncDispose]());
beforeEach(async () => {
  organization = await instance.addOrganization(`organization-${++number}`);
});

const call = (method: string, path: string, body?: unknown) =>
  instance.call(method, `/api/organizations/${organization.slug}/${path}`, { token: organization.owner.token, body });
const put = (name: string, keyId: string) => call('PUT', `secrets/${name}`, { envelope: anEnvelope(keyId) });

/** What the data plane does with a rotation that was asked for, but for the values. */
async function rotate(rotationId: string): Promise<string> {
  const toKeyId = uuidv7();
  const place = { organization_id: organization.id };
  await instance.db.transaction().execute(async (tx) => {
    const former = await tx
      .updateTable('organization_key')
      .set({ current: false, retired_at: sql`now()` })
      .where('organization_id', '=', organization.id)
      .where('current', '=', true)
      .returning(['id', 'generation', 'signing_key_id'])
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('organization_key')
      .values({
        ...place,
        id: toKeyId,
        generation: former.generation + 1,
        public_key: randomBytes(1_216),
        signature: randomBytes(64),
        signing_key_id: former.signing_key_id,
        current: true,
      })
      .execute();
    await tx
      .updateTable('key_rotation')
      .set({ started_at: new Date(), from_key_id: former.id, to_key_id: toKeyId })
      .where('id', '=', rotationId)
      .execute();
  });
  return toKeyId;
}

const setKey = (id: string, columns: object) => instance.db.updateTable('organization_key').set(columns).where('id', '=', id).execute();

test('an owner asks for a rotation: it is noted, on the record with who asked, and shown until the data plane takes it', async () => {
  await put('ONE', organization.keyId);
  const asked = await call('POST', 'keys/rotate', { currentKeyId: organization.keyId });
  assert.equal(asked.status, 202, asked.text);
  const { json } = await call('GET', 'keys');
  assert.deepEqual(
    json.items.map((key: { generation: number; state: string; values: number }) => [key.generation, key.state, key.values]),
    [[1, 'current', 1]],
  );
  assert.match(json.items[0].fingerprint, /^[0-9A-F]{4}(·[0-9A-F]{4}){7}$/);
  assert.deepEqual(
    [json.rotation.id, json.rotation.state, json.rotation.requestedBy.id],
    [asked.json.rotationId, 'requested', organization.owner.userId],
  );
  const event = (await call('GET', 'audit?action=organization-key.request-rotation')).json.items[0];
  assert.deepEqual([event.actor.id, event.target.id, event.recordedBy], [organization.owner.userId, organization.keyId, 'control']);
});

test('no second rotation begins while one is under way, and none of a key that is no longer the current one', async () => {
  const other = await call('POST', 'keys/rotate', { currentKeyId: uuidv7() });
  assert.deepEqual([other.status, other.json.code, other.json.field], [412, 'precondition_failed', 'currentKeyId']);
  const asked = await Promise.all([1, 2, 3].map(() => call('POST', 'keys/rotate', {})));
  assert.deepEqual(asked.map(({ status }) => status).sort(), [202, 409, 409]);
  assert.equal(asked.find(({ status }) => status === 409)?.json.code, 'key_rotation_active');
  assert.equal((await call('GET', 'audit?action=organization-key.request-rotation')).json.items.length, 1);
});

test('a value for the former key is taken for ten minutes after a rotation, and refused by name afterwards', async () => {
  const former = organization.keyId;
  const { rotationId } = (await call('POST', 'keys/rotate', {})).json;
  const current = await rotate(rotationId);
  assert.equal((await put('LATE', former)).status, 201);
  assert.equal((await put('NEW', current)).status, 201);
  await setKey(former, { retired_at: sql`now() - interval '10 minutes 1 second'` });
  const refused = await put('TOO_LATE', former);
  assert.deepEqual([refused.status, refused.json.code, refused.json.field], [409, 'sealing_key_stale', 'envelope.keyId']);
  const own = await ownValue(former);
  assert.deepEqual([own.status, own.json.code], [409, 'sealing_key_stale']);
  assert.equal((await ownValue(current)).status, 201);
});

test('a value for a key that was destroyed is refused, however that comes', async () => {
  const former = organization.keyId;
  await rotate((await call('POST', 'keys/rotate', {})).json.rotationId);
  await setKey(former, { destroyed_at: new Date() });
  assert.equal((await put('LATE', former)).json.code, 'sealing_key_stale');
  // The database refuses it by itself: the key may be destroyed between the look and the insertion.
  await setKey(former, { destroyed_at: null });
  await sql`
    create function destroy_meanwhile() returns trigger language plpgsql security definer as $$ begin
      update holdfast.organization_key set destroyed_at = now() where id = new.key_id; return new; end $$`.execute(instance.db);
  await sql`create trigger a_destroy_meanwhile before insert on holdfast.secret_version for each row execute function destroy_meanwhile()`.execute(
    instance.db,
  );
  try {
    const refused = await put('LATE', former);
    assert.deepEqual([refused.status, refused.json.code], [409, 'sealing_key_stale'], refused.text);
  } finally {
    await sql`drop trigger a_destroy_meanwhile on holdfast.secret_version; drop function destroy_meanwhile()`.execute(instance.db);
  }
});

test('progress, failures and the history of keys are shown, a page at a time', async () => {
  const former = organization.keyId;
  const names = ['A', 'B', 'C', 'D'];
  for (const name of names) await put(name, former);
  const { rotationId } = (await call('POST', 'keys/rotate', {})).json;
  const current = await rotate(rotationId);
  const versionOf = async (name: string) => (await call('GET', `secrets/${name}`)).json as { id: string; currentVersionId: string };
  const [a, b] = [await versionOf('A'), await versionOf('B')];
  await instance.db.updateTable('secret_version').set({ key_id: current }).where('id', '=', a.currentVersionId).execute();
  await instance.db
    .updateTable('key_rotation')
    .set({ values_total: 4, values_resealed: 1, waiting_for: 'record_stopped' })
    .where('id', '=', rotationId)
    .execute();
  await instance.db
    .insertInto('key_rotation_failure')
    .values({
      organization_id: organization.id,
      rotation_id: rotationId,
      version_id: b.currentVersionId,
      secret_id: b.id,
      name: 'B',
      code: 'value_refused',
    })
    .execute();
  const { rotation, items } = (await call('GET', 'keys')).json;
  assert.deepEqual(rotation.values, { total: 4, done: 1, left: 2 });
  assert.deepEqual(
    [rotation.state, rotation.waitingFor, rotation.failed, rotation.failures],
    ['re-sealing', 'record_stopped', 1, [{ secretId: b.id, name: 'B', code: 'value_refused' }]],
  );
  assert.deepEqual(
    items.map((key: { state: string; values: number; keptUntil: string | null }) => [key.state, key.values, key.keptUntil === null]),
    [
      ['current', 1, true],
      ['retiring', 3, false],
    ],
  );
  const first = (await call('GET', 'keys?limit=1')).json;
  const second = (await call('GET', `keys?limit=1&cursor=${first.nextCursor}`)).json;
  assert.deepEqual([first.items[0].generation, second.items[0].generation, second.nextCursor], [2, 1, null]);
  await instance.db.updateTable('key_rotation').set({ finished_at: new Date() }).where('id', '=', rotationId).execute();
  assert.equal((await call('GET', 'keys')).json.rotation.state, 'incomplete');
  await call('DELETE', 'secrets/B');
  assert.deepEqual([(await call('GET', 'keys')).json.rotation.failed], [0], 'What is gone has not failed.');
});

test('a page of the audit can leave out that each value was sealed again, unless somebody asks for that or for the secret', async () => {
  await put('ONE', organization.keyId);
  const { id: secretId } = (await call('GET', 'secrets/ONE')).json;
  const by = { actor: { kind: 'system', id: null, name: 'data plane' } as const, target: { kind: 'secret', id: secretId, name: 'ONE' } };
  await transaction(instance.db, (tx) =>
    appendAudit(tx, organization.id, [
      { action: 'secret.re-seal', outcome: 'success', ...by },
      { action: 'secret.re-seal', outcome: 'failed', ...by },
    ]),
  );
  const resealed = async (query: string) =>
    (await call('GET', `audit?${query}`)).json.items
      .filter(({ action }: { action: string }) => action === 'secret.re-seal')
      .map(({ outcome }: { outcome: string }) => outcome);
  assert.deepEqual(await resealed('limit=50'), ['failed', 'success']);
  assert.deepEqual(await resealed('fold=re-seals'), ['failed'], 'A failure is never left out.');
  assert.deepEqual(await resealed('fold=re-seals&secret=ONE'), ['failed', 'success']);
  assert.deepEqual(await resealed('fold=re-seals&action=secret.re-seal'), ['failed', 'success']);
});

async function ownValue(keyId: string) {
  const project = (await call('POST', 'projects', { name: `Project ${++number}` })).json.id;
  return call('POST', `projects/${project}/components`, {
    name: 'Archive',
    type: 'azure-blob-publisher',
    configuration: { container: 'archive' },
    sealedOptions: { connectionString: anEnvelope(keyId) },
  });
}
