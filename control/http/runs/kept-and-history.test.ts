import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';

describe('what runs leave behind', { concurrency: false }, () => {
  let instance: TestInstance;
  let own: Fixtures;
  let other: Fixtures;
  const members: Partial<Record<'admin' | 'editor' | 'viewer', TestMember>> = {};
  before(async () => {
    instance = await testInstance();
    [own, other] = [await createFixtures(instance, 'own'), await createFixtures(instance, 'other')];
    for (const role of ['admin', 'editor', 'viewer'] as const) members[role] = await instance.addMember(own.organization, role);
  });
  after(() => instance?.[Symbol.asyncDispose]());

  const as = (role: 'owner' | 'admin' | 'editor' | 'viewer') =>
    role === 'owner' ? own.organization.owner.token : (members[role]?.token ?? '');
  const call = (method: string, path: string, { role = 'owner', body }: { role?: Parameters<typeof as>[0]; body?: unknown } = {}) =>
    instance.call(method, `/api/organizations/own${path}`, { token: as(role), body });
  const events = async (action: string): Promise<{ detail: object; context: object; target: { name: string } }[]> =>
    (await call('GET', `/audit?action=${action}`)).json.items;

  it('is counted day by day in the reader’s zone: how runs ended, their documents, how long they took', async () => {
    const counts = { total: 3, waiting: 0, running: 0, published: 1, unchanged: 1, skipped: 0, failed: 1 };
    const ended = async (status: string, finished: string, seconds: number, of: Fixtures = own) => {
      await sql`insert into run (organization_id, id, workflow_id, project_id, number, version, status, definition, started_by, created_at, started_at, finished_at, counts)
        select organization_id, ${uuidv7()}::uuid, workflow_id, project_id, 100 + (random() * 1e6)::integer, version, ${status}, definition, started_by,
          ${finished}::timestamptz - make_interval(secs => ${seconds}), ${finished}::timestamptz - make_interval(secs => ${seconds}), ${finished}::timestamptz, ${JSON.stringify(counts)}::jsonb
        from run where id = ${of.ids.run}`.execute(instance.db);
    };
    const today = new Date().toISOString().slice(0, 10);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    // By the clock of UTC it was yesterday, and in Tonga it is a day later.
    await ended('succeeded', `${yesterday}T23:30:00Z`, 10);
    await ended('failed', `${yesterday}T23:40:00Z`, 20);
    await ended('cancelled', `${yesterday}T01:00:00Z`, 30);
    await ended('succeeded', `${yesterday}T23:50:00Z`, 10, other);
    const history = async (query: string): Promise<Reply> => call('GET', `/run-history?${query}`, { role: 'viewer' });
    const { days } = (await history('days=7')).json;
    assert.equal(days.length, 7);
    assert.equal(days.at(-1).day, today);
    assert.deepEqual(days.at(-2), {
      day: yesterday,
      runs: { succeeded: 1, failed: 1, cancelled: 1 },
      documents: { published: 3, unchanged: 3, skipped: 0, failed: 3 },
      milliseconds: { median: 20_000, slowest: 29_000 },
    });
    assert.deepEqual(days.at(-3).milliseconds, null);
    const east = (await history('days=7&zone=Pacific/Tongatapu')).json.days as {
      day: string;
      runs: { failed: number; cancelled: number };
    }[];
    assert.equal(east.find(({ day }) => day === today)?.runs.failed, 1);
    assert.equal(east.find(({ day }) => day === yesterday)?.runs.cancelled, 1);
    const all = (reply: Reply) => reply.json.days.reduce((sum: number, day: { runs: { failed: number } }) => sum + day.runs.failed, 0);
    assert.equal(all(await history(`days=90&workflow=${own.ids.workflow}`)), 1);
    assert.equal(all(await history(`days=90&workflow=${other.ids.workflow}`)), 0);
    assert.equal(all(await history(`days=90&project=${own.ids.project}`)), 1);
    assert.equal(all(await history(`days=90&project=${uuidv7()}`)), 0);
    for (const wrong of ['days=8', 'zone=Mars/Olympus', 'zone=%2B02:00']) assert.equal((await history(wrong)).status, 400, wrong);

    const overview = async (zone: string): Promise<Reply> => call('GET', `/overview?zone=${encodeURIComponent(zone)}`, { role: 'viewer' });
    const failedOf = (reply: Reply, day: string) => reply.json.runsPerDay.find((each: { day: string }) => each.day === day)?.failed;
    const [inUtc, inTonga] = [await overview('UTC'), await overview('Pacific/Tongatapu')];
    assert.deepEqual([inUtc.json.runsPerDay.length, failedOf(inUtc, yesterday), failedOf(inUtc, today)], [30, 1, 0]);
    assert.deepEqual([inTonga.json.runsPerDay.length, failedOf(inTonga, yesterday), failedOf(inTonga, today)], [30, 0, 1]);
    // Where the day began within the last hour, and where it is past noon.
    const hour = new Date().getUTCHours();
    const behindUtc = (hours: number) => (hours < 0 ? `Etc/GMT-${-hours}` : `Etc/GMT+${hours}`);
    const [midnight, noon] = [behindUtc(hour <= 12 ? hour : hour - 24), behindUtc(hour - 12)];
    const failedToday = async () => Promise.all([midnight, noon].map(async (zone) => (await overview(zone)).json.runs.failedToday));
    const before = await failedToday();
    await ended('failed', new Date(Date.now() - 70 * 60_000).toISOString(), 20);
    const after = await failedToday();
    assert.deepEqual([after[0] - before[0], after[1] - before[1]], [0, 1], `${midnight}, ${noon}`);
    for (const wrong of ['Mars/Olympus', '+02:00']) assert.equal((await overview(wrong)).status, 400, wrong);
  });

  it('is kept as the organization says, or the workflow; owners and admins change that, on the record', async () => {
    const policy = { documentDays: 3, logDays: 0, runDays: null };
    for (const role of ['editor', 'viewer'] as const) {
      assert.equal((await call('PUT', '/retention', { role, body: policy })).status, 403);
      assert.equal((await call('PUT', `/workflows/${own.ids.workflow}/retention`, { role, body: policy })).status, 403);
    }
    const unset = (await call('GET', '/retention', { role: 'viewer' })).json;
    assert.deepEqual([unset.documentDays, unset.defaults.documentDays, unset.changedBy], [null, 30, null]);
    const changed = await call('PUT', '/retention', { role: 'admin', body: policy });
    assert.deepEqual([changed.json.documentDays, changed.json.logDays, changed.json.changedBy.name], [3, 0, 'admin'], changed.text);
    for (const body of [{ ...policy, documentDays: -1 }, { ...policy, runDays: 0 }, { ...policy, logDays: 3_651 }, { documentDays: 1 }]) {
      assert.equal((await call('PUT', '/retention', { body })).status, 400, JSON.stringify(body));
    }
    assert.deepEqual(
      (await events('organization.set-retention')).map(({ detail }) => detail),
      [policy],
    );

    const finished = new Date('2026-01-01T12:00:00Z');
    await instance.db.updateTable('run').set({ status: 'failed', finished_at: finished }).where('id', '=', own.ids.run).execute();
    const keptUntil = async () => (await call('GET', `/runs/${own.ids.run}`)).json.keptUntil;
    assert.deepEqual(await keptUntil(), { documents: '2026-01-04T12:00:00.000Z', log: finished.toISOString(), run: null });
    const ofWorkflow = { documentDays: 10, logDays: null, runDays: 20 };
    const workflow = await call('PUT', `/workflows/${own.ids.workflow}/retention`, { role: 'admin', body: ofWorkflow });
    assert.deepEqual(workflow.json.kept, ofWorkflow, workflow.text);
    assert.deepEqual(await keptUntil(), {
      documents: '2026-01-11T12:00:00.000Z',
      log: finished.toISOString(),
      run: '2026-01-21T12:00:00.000Z',
    });
    assert.deepEqual(
      (await events('workflow.set-retention')).map(({ detail, target }) => [detail, target.name]),
      [[ofWorkflow, 'Publish']],
    );
  });

  it('is made by as many runs at once as editors allow', async () => {
    const limit = (maximumRuns: number, role: 'editor' | 'viewer') =>
      call('PUT', `/workflows/${own.ids.workflow}/limits`, { role, body: { maximumRuns } });
    assert.equal((await call('GET', `/workflows/${own.ids.workflow}`)).json.maximumRuns, 10);
    assert.equal((await limit(3, 'viewer')).status, 403);
    assert.equal((await limit(0, 'editor')).status, 400);
    assert.equal((await limit(101, 'editor')).status, 400);
    assert.equal((await limit(3, 'editor')).json.maximumRuns, 3);
    assert.deepEqual(
      (await events('workflow.limit')).map(({ detail }) => detail),
      [{ maximumRuns: 3 }],
    );
  });

  it('is downloaded by editors and above, byte for byte, as a file that no browser shows, and on the record', async () => {
    const [item] = (await call('GET', `/runs/${own.ids.run}/items`)).json.items;
    const path = `/runs/${own.ids.run}/documents/${item.documentId}`;
    const got = await call('GET', path, { role: 'editor' });
    assert.equal(got.text, 'hello');
    assert.deepEqual(
      ['content-type', 'content-disposition', 'x-content-type-options', 'content-security-policy', 'content-length', 'cache-control'].map(
        (name) => got.headers[name],
      ),
      [
        'application/octet-stream',
        `attachment; filename="a.txt"; filename*=UTF-8''a.txt`,
        'nosniff',
        "sandbox; default-src 'none'",
        '5',
        'no-store',
      ],
    );
    assert.deepEqual(
      (await events('document.download')).map(({ target, detail }) => [target.name, detail]),
      [['a.txt', { bytes: 5 }]],
    );
    assert.equal((await call('GET', path, { role: 'viewer' })).status, 403);
    // Of a run, and not of the organization alone.
    const others = instance.db.selectFrom('run').select('id').where('organization_id', '=', own.organization.id);
    const another = await others.where('id', '!=', own.ids.run).executeTakeFirstOrThrow();
    assert.equal((await call('GET', `/runs/${another.id}/documents/${item.documentId}`)).status, 404);
    assert.equal((await call('GET', `/runs/${uuidv7()}/documents/${item.documentId}`)).status, 404);
    const foreign = await instance.call('GET', `/api/organizations/other${path}`, { token: other.organization.owner.token });
    assert.equal(foreign.status, 404);

    // One that lies in the bucket is handed out by the data plane, which records it.
    const lies = (in_bucket: boolean) => instance.db.updateTable('document').set({ in_bucket }).where('id', '=', item.documentId).execute();
    await lies(true);
    try {
      const { items: listed } = (await call('GET', `/runs/${own.ids.run}/items`)).json;
      assert.equal(listed.find(({ id }: { id: string }) => id === item.id)?.documentId, item.documentId, 'It is offered.');
      const led = await call('GET', path, { role: 'editor' });
      assert.deepEqual([led.status, led.text], [303, '']);
      const [, ticket] = /^https:\/\/hooks\.example\/documents\/own\/(holdfast_document_\w+)$/.exec(String(led.headers.location)) ?? [];
      assert.ok(ticket, String(led.headers.location));
      const [kept, ...others] = await instance.db.selectFrom('document_ticket').selectAll().execute();
      assert.deepEqual([others.length, kept?.document_id, kept?.role], [0, item.documentId, 'editor']);
      assert.deepEqual(kept?.token_hash, createHash('sha256').update(ticket).digest());
      const seconds = ((kept?.expires_at.getTime() ?? 0) - Date.now()) / 1_000;
      assert.ok(seconds > 60 && seconds <= 121, `${seconds}`);
      assert.equal((await call('GET', path, { role: 'viewer' })).status, 403);
      assert.equal((await events('document.download')).length, 1);
    } finally {
      await lies(false);
    }

    // What a model made, in three chunks, with a name that is no ASCII.
    const id = uuidv7();
    const bytes = Buffer.from(Array.from({ length: 2_500_000 }, (_, index) => index % 251));
    const sha256 = createHash('sha256').update(bytes).digest();
    await sql`insert into document (organization_id, id, project_id, run_id, name, content_type, size, sha256, created_by)
      select organization_id, ${id}::uuid, project_id, id, ${'a/"böse".html'}, 'text/html', ${bytes.length}, ${sha256}::bytea, started_by
      from run where id = ${own.ids.run}`.execute(instance.db);
    for (let number = 0; number < 3; number++) {
      const piece = bytes.subarray(number * 1_048_576, (number + 1) * 1_048_576);
      await sql`insert into document_chunk (organization_id, document_id, number, bytes) values (${own.organization.id}, ${id}, ${number}, ${piece})`.execute(
        instance.db,
      );
    }
    assert.equal((await call('GET', `/runs/${own.ids.run}/documents/${id}`)).status, 404, 'It is no result of the run yet.');
    const place = { organization_id: own.organization.id, run_id: own.ids.run, item_id: item.id, step_id: uuidv7() };
    await instance.db
      .insertInto('item_step')
      .values({ ...place, outcome: 'made', results: 1, milliseconds: 1 })
      .execute();
    await instance.db
      .insertInto('item_result')
      .values({ ...place, position: 0, document_id: id })
      .execute();
    const reply = await instance.plane.server.inject({
      method: 'GET',
      url: `/api/organizations/own/runs/${own.ids.run}/documents/${id}`,
      headers: { authorization: `Bearer ${as('owner')}` },
    });
    assert.equal(createHash('sha256').update(reply.rawPayload).digest('hex'), sha256.toString('hex'));
    assert.equal(reply.headers['content-disposition'], `attachment; filename="_bo_se_.html"; filename*=UTF-8''%22b%C3%B6se%22.html`);

    await sql`delete from document_chunk where document_id = ${id} and number = 1`.execute(instance.db);
    await assert.rejects(
      instance.plane.server.inject({
        method: 'GET',
        url: `/api/organizations/own/runs/${own.ids.run}/documents/${id}`,
        headers: { authorization: `Bearer ${as('owner')}` },
      }),
      'What was removed meanwhile is cut off, and not taken for the document.',
    );
  });
});
