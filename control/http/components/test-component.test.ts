import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditFact } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
});
after(() => Promise.resolve(instance[Symbol.asyncDispose]()).catch(() => undefined));

const path = () => `/api/organizations/own/projects/${own.ids.project}/components/${own.ids.component}/test`;
const rows = async () => (await instance.db.selectFrom('component_test').select('id').execute()).map(({ id }) => id);

async function eventually(fulfilled: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(20)) if (await fulfilled()) return;
  assert.fail('It did not come to be within 10 seconds.');
}

/** In place of a data plane. */
async function answerNext(): Promise<void> {
  const answer = JSON.stringify({ passed: true, detail: 'fine', failure: null, destinations: [], milliseconds: 1 });
  await eventually(async () => {
    const { numUpdatedRows } = await instance.db
      .updateTable('component_test')
      .set({ answer })
      .where('requested_at', '>', sql<Date>`now() - interval '1 minute'`)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  });
}

/** Over a real connection: only there does a request that was read look as if it were gone. */
function send(body: string | undefined, signal?: AbortSignal): Promise<{ status: number; json: { code?: string; passed?: boolean } }> {
  const { port } = instance.plane.server.server.address() as AddressInfo;
  const headers = {
    authorization: `Bearer ${own.organization.owner.token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, method: 'POST', path: path(), headers, agent: false, ...(signal ? { signal } : {}) }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
    });
    sent.on('error', reject).end(body);
  });
}

test('a test is answered the same with an empty JSON body and with none; another body is refused by name', async () => {
  for (const body of [undefined, '{}']) {
    const [answer] = await Promise.all([send(body), answerNext()]);
    assert.deepEqual([answer.status, answer.json.passed], [200, true], JSON.stringify(answer));
  }
  const refused = await send('{"secret":"x"}');
  assert.deepEqual([refused.status, refused.json.code], [400, 'invalid_request']);
  assert.deepEqual(await rows(), []);
});

test('a test that waits for a change of its component does not keep the record’s head meanwhile', async () => {
  const draft = { projectId: own.ids.project, name: 'Left', type: 'azure-blob-publisher', configuration: {}, bindings: [], approved: [] };
  await instance.db
    .insertInto('component_test')
    .values({
      organization_id: own.organization.id,
      id: uuidv7(),
      component_id: null,
      draft: JSON.stringify(draft),
      requested_by: { kind: 'member', id: own.organization.owner.userId, name: 'owner' },
      requested_at: sql<Date>`now() - interval '1 hour'`,
      answer: null,
    })
    .execute();
  const [asked] = await instance.db.transaction().execute(async (tx) => {
    await sql`select from component where id = ${own.ids.component} for update`.execute(tx);
    const asking = send(undefined);
    await eventually(async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(instance.db);
      return rows.length === 1;
    });
    await sql`select from audit_head where organization_id = ${own.organization.id} for update nowait`.execute(tx);
    return [asking];
  });
  const [answer] = await Promise.all([asked, answerNext()]);
  assert.equal(answer.status, 200);
  assert.deepEqual(await rows(), []);
});

test('a test whose caller goes away leaves no row', async () => {
  const gone = new AbortController();
  const asked = send(undefined, gone.signal);
  await eventually(async () => (await rows()).length === 1);
  gone.abort();
  await assert.rejects(asked);
  await eventually(async () => (await rows()).length === 0);
});

test('a row that a killed process left is removed with the next test', async () => {
  const { organization, ids } = own;
  await sql`insert into component_test (organization_id, id, component_id, requested_by, requested_at)
    values (${organization.id}, ${uuidv7()}, ${ids.component}, '{}', now() - interval '1 hour')`.execute(instance.db);
  await Promise.all([send(undefined), answerNext()]);
  assert.deepEqual(await rows(), []);
});

test('tests of one component by one person are one event, and one more with their number', async () => {
  const other = await createFixtures(instance, 'other');
  const { organization, ids } = other;
  const url = `/api/organizations/other/projects/${ids.project}/components/${ids.component}/test`;
  for (let round = 0; round < 5; round++) {
    const [answer] = await Promise.all([instance.call('POST', url, { token: organization.owner.token }), answerNext()]);
    assert.equal(answer.status, 200, answer.text);
  }
  await instance.plane.close();
  const events = await instance.db
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', organization.id)
    .where(auditFact('action'), '=', 'component.test')
    .orderBy('sequence')
    .execute();
  assert.deepEqual(
    events.map(({ body }) => JSON.parse(body).detail?.repeated),
    [undefined, 4],
  );
});
