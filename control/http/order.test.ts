import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
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

test('lists are newest first when the clock went back between what they list', async () => {
  const root = '/api/organizations/own';
  const { token } = own.organization.owner;
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const reply = await instance.call(method, `${root}${path}`, { token, body, headers });
    assert.ok(reply.status < 300, reply.text);
    return reply.json;
  };
  /** Over pages of two. */
  const listed = async (path: string) => {
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await call('GET', `${path}?limit=2&cursor=${cursor}`);
      ids.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor ?? null;
    }
    return ids.slice(0, 3);
  };
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
