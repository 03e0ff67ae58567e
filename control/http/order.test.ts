import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { sql } from 'kysely';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../testing/instance.ts';

const HOUR = 3_600_000;
let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
});
after(() => instance[Symbol.asyncDispose]());

/** This process makes the ids, which begin with its time; here its clock is set back by an hour each time. */
async function madeWhileTheClockGoesBack(make: (number: number) => Promise<string>): Promise<string[]> {
  const made: string[] = [];
  const trueNow = Date.now;
  for (const number of [1, 2, 3]) {
    const moved = mock.method(Date, 'now', () => trueNow() - number * HOUR);
    made.unshift(await make(number).finally(() => moved.mock.restore()));
  }
  return made;
}

const root = '/api/organizations/own';
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const reply = await instance.call(method, `${root}${path}`, { token: own.organization.owner.token, body, headers });
  assert.ok(reply.status < 300, reply.text);
  return reply.json;
}

/** What a list holds, over all its pages. */
async function paged(path: string, limit = 2): Promise<{ id: string; name: string; destination: string }[]> {
  const items = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}&cursor=${cursor}`);
    items.push(...page.items);
    cursor = page.nextCursor ?? null;
  }
  return items;
}

test('lists are newest first when the clock went back between what they list', async () => {
  const listed = async (path: string) => (await paged(path)).map(({ id }) => id).slice(0, 3);
  const { workflow, project } = own.ids;
  const runs = await madeWhileTheClockGoesBack(async () => {
    const document = await call('POST', `/projects/${project}/documents?name=a`, 'hello', { 'content-type': 'text/plain' });
    return (await call('POST', `/workflows/${workflow}/runs`, { documentIds: [document.id] })).id;
  });
  assert.deepEqual(await listed('/runs'), runs);
  assert.deepEqual(await listed(`/workflows/${workflow}/runs`), runs);
  assert.equal((await call('GET', `/workflows/${workflow}`)).lastRun.id, runs[0]);

  const tokens = await madeWhileTheClockGoesBack(async (number) => (await call('POST', '/tokens', { name: `t${number}` })).id);
  assert.deepEqual(
    (await call('GET', '/tokens')).items.slice(0, 3).map(({ id }: { id: string }) => id),
    tokens,
  );

  const invitations = await madeWhileTheClockGoesBack(
    async (number) => (await call('POST', '/invitations', { email: `i${number}@example.com`, role: 'viewer' })).id,
  );
  assert.deepEqual(
    (await call('GET', '/invitations')).items.slice(0, 3).map(({ id }: { id: string }) => id),
    invitations,
  );

  // The time of a version is the database's: put back in its row.
  const versions: string[] = [];
  for (const number of [1, 2, 3]) {
    const secretId = (await call('GET', `/secrets/${own.secret}`)).id;
    const envelope = anEnvelope(own.organization.keyId, secretId);
    await call('PUT', `/secrets/${own.secret}`, { envelope });
    versions.unshift(envelope.versionId);
    await instance.db
      .updateTable('secret_version')
      .set({ created_at: new Date(Date.now() - number * HOUR) })
      .where('id', '=', envelope.versionId)
      .execute();
  }
  assert.deepEqual(await listed(`/secrets/${own.secret}/versions`), versions);
});

test('what was asked for in one millisecond is listed newest first, and nothing is left out between two pages', async () => {
  const asked: string[] = [];
  for (const number of [1, 2, 3, 4, 5]) {
    const body = { name: `SAME_TIME_${number}`, componentType: 'azure-blob-publisher', option: 'connectionString', note: '' };
    const { id } = await call('POST', `/projects/${own.ids.project}/secret-requests`, body);
    const askedAt = sql<Date>`${`2020-01-01 00:00:00.00000${6 - number}+00`}::timestamptz`;
    await instance.db.updateTable('secret_request').set({ asked_at: askedAt }).where('id', '=', id).execute();
    asked.push(id);
  }
  for (const limit of [1, 2]) {
    const listed = (await paged('/secret-requests', limit)).map(({ id }) => id);
    assert.deepEqual(listed.slice(-5), asked, `pages of ${limit}`);
    assert.equal(new Set(listed).size, listed.length);
  }
});

test('pages go on after the longest name of each list, in any script', async () => {
  const { component, project } = own.ids;
  const secretId: string = (await call('GET', `/secrets/${own.secret}`)).id;
  const labels = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(60)).join('.');
  const { type, configuration } = await call('GET', `/projects/${project}/components/${component}`);
  for (const character of ['請', 'İ', '"', '🗝']) {
    const names = ['a', 'b', 'c'].map((end) => `${character.repeat(Math.floor(119 / character.length))}${end}`);
    for (const name of names) {
      await call('POST', '/projects', { name });
      await call('POST', '/workflows', { projectId: project, name, source: { kind: 'upload' }, steps: [{ componentId: component }] });
      await call('POST', `/projects/${project}/components`, { name, type, configuration });
    }
    for (const path of ['/projects', '/workflows', `/projects/${project}/components`]) {
      const listed = (await paged(path, 1)).map(({ name }) => name);
      for (const name of names) assert.ok(listed.includes(name), `${path}: ${name}`);
      assert.equal(new Set(listed).size, listed.length);
    }
  }
  const names = ['A', 'B', 'C'].map((end) => `${'N'.repeat(127)}${end}`);
  for (const name of names) await call('PUT', `/secrets/${name}`, { envelope: anEnvelope(own.organization.keyId) });
  for (const path of ['/secrets', '/secrets?sort=due', '/secrets?sort=created', `/projects/${project}/secret-names`]) {
    const listed = (await paged(path, 1)).map(({ name }) => name);
    for (const name of names) assert.ok(listed.includes(name), path);
  }
  const destinations = [1, 2, 3].map((number) => `https://${labels}.example${number}:443`);
  const items = destinations.map((destination) => ({ secretId, destination }));
  await call('POST', '/destinations', { decision: 'approve', items });
  assert.deepEqual(
    (await paged('/destinations', 1))
      .map(({ destination }) => destination)
      .filter((each) => each.includes(labels))
      .sort(),
    destinations,
  );
});
