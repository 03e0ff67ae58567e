import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let other: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  other = await createFixtures(instance, 'other');
});
after(() => instance[Symbol.asyncDispose]());

const start = (body: unknown) =>
  instance.call('POST', `/api/organizations/own/workflows/${own.ids.workflow}/runs`, { token: own.organization.owner.token, body });

test('a run that has ended can be started again with its documents, also more than once; until they are removed', async () => {
  const tooEarly = await start({ documentsOf: own.ids.run });
  assert.equal(tooEarly.status, 400);
  assert.match(tooEarly.text, /has not ended/);
  assert.match((await start({ documentsOf: other.ids.run })).text, /no such run/);
  assert.match((await start({ documentsOf: own.ids.run, documentIds: [own.ids.run] })).text, /not both/);

  const end = (id: string) =>
    instance.db.updateTable('run').set({ status: 'failed', finished_at: new Date() }).where('id', '=', id).execute();
  await end(own.ids.run);
  const second = await start({ documentsOf: own.ids.run });
  assert.equal(second.status, 201, second.text);
  assert.deepEqual(second.json.items, { total: 1, waiting: 1, running: 0, published: 0, unchanged: 0, skipped: 0, failed: 0 });
  assert.equal((await start({ documentsOf: own.ids.run })).status, 201);
  await end(second.json.id);
  const third = await start({ documentsOf: second.json.id });
  assert.equal(third.json.documentsRemovedAt, null);

  const root = '/api/organizations/own';
  const items = await instance.call('GET', `${root}/runs/${third.json.id}/items`, { token: own.organization.owner.token });
  assert.deepEqual(
    items.json.items.map(({ name, size }: { name: string; size: number }) => [name, size]),
    [['a.txt', 5]],
  );

  await instance.db.deleteFrom('document').where('organization_id', '=', own.organization.id).execute();
  const gone = await start({ documentsOf: own.ids.run });
  assert.equal(gone.status, 409);
  assert.equal(gone.json.code, 'documents_removed');
});

test('a run that has ended is taken up again: what failed, what was not sent, or a document alone; it stays one run', async () => {
  const { db } = instance;
  const fresh = await createFixtures(instance, 'retry');
  const token = { token: fresh.organization.owner.token };
  const path = `/api/organizations/retry/runs/${fresh.ids.run}`;
  const again = (body?: unknown) => instance.call('POST', `${path}/retry`, { ...token, body });
  assert.equal((await again()).json.code, 'run_not_ended');
  const endWith = async (status: 'failed' | 'published') => {
    await db.updateTable('run').set({ status: 'failed', finished_at: new Date() }).where('id', '=', fresh.ids.run).execute();
    await db.updateTable('run_item').set({ status, attempts: 8 }).where('run_id', '=', fresh.ids.run).execute();
  };
  await endWith('failed');
  const taken = await again();
  assert.equal(taken.status, 202, taken.text);
  assert.deepEqual([taken.json.status, taken.json.retries, taken.json.retriedBy.name], ['queued', 1, taken.json.startedBy.name]);
  assert.deepEqual(taken.json.items, { total: 1, waiting: 1, running: 0, published: 0, unchanged: 0, skipped: 0, failed: 0 });
  const items = await instance.call('GET', `${path}/items`, token);
  assert.deepEqual([items.json.items[0].attempts, items.json.items[0].held], [0, false]);
  const record = await instance.call('GET', '/api/organizations/retry/audit?action=run.retry', token);
  assert.deepEqual(
    record.json.items.map(({ detail }: { detail: object }) => detail),
    [{ documents: 1 }],
  );

  await endWith('published');
  assert.equal((await again()).json.code, 'nothing_to_retry');
  const named = await again({ itemIds: [items.json.items[0].id] });
  assert.equal(named.status, 400);
  assert.match(named.text, /is not tried again/);

  await endWith('failed');
  await db.deleteFrom('document').where('organization_id', '=', fresh.organization.id).execute();
  assert.equal((await again()).json.code, 'documents_removed');
  assert.equal((await instance.call('GET', path, token)).json.status, 'failed');
});

test('a run that waits says which limit keeps it waiting', async () => {
  const limited = await createFixtures(instance, 'limited');
  const token = { token: limited.organization.owner.token };
  const { db } = instance;
  await db.updateTable('run').set({ status: 'running' }).where('id', '=', limited.ids.run).execute();
  const upload = await instance.call('POST', `/api/organizations/limited/projects/${limited.ids.project}/documents?name=b.txt`, {
    ...token,
    body: 'hello',
    headers: { 'content-type': 'text/plain' },
  });
  const started = await instance.call('POST', `/api/organizations/limited/workflows/${limited.ids.workflow}/runs`, {
    ...token,
    body: { documentIds: [upload.json.id] },
  });
  assert.equal(started.json.waitsFor, null, started.text);
  await db.updateTable('workflow').set({ maximum_runs: 1 }).where('id', '=', limited.ids.workflow).execute();
  const waits = await instance.call('GET', `/api/organizations/limited/runs/${started.json.id}`, token);
  assert.match(waits.json.waitsFor, /^One run of this workflow is under way/);
});
