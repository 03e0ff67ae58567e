import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Furnished, furnish } from '../../testing/furnished.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Furnished;
let other: Furnished;
before(async () => {
  instance = await testInstance();
  own = await furnish(instance, 'own');
  other = await furnish(instance, 'other');
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
