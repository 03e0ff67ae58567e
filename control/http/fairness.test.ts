import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditFact, connect, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import pg from 'pg';
import { DEADLINES } from '../connections.ts';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { makeAccount, PUBLIC_URL, type Reply, type TestInstance, type TestOrganization, testInstance } from '../testing/instance.ts';

/** What one organization or person asks for keeps nobody else waiting. */

let instance: TestInstance;
let own: Fixtures;
let other: Fixtures;
before(async () => {
  instance = await testInstance({}, { deadlines: DEADLINES });
  own = await createFixtures(instance, 'own');
  other = await createFixtures(instance, 'other');
});
after(() => instance[Symbol.asyncDispose]());

const get = ({ slug, owner }: TestOrganization, path: string) =>
  instance.call('GET', `/api/organizations/${slug}/${path}`, { token: owner.token });
const put = ({ slug, owner, keyId }: TestOrganization, name: string) =>
  instance.call('PUT', `/api/organizations/${slug}/secrets/${name}`, { token: owner.token, body: { envelope: anEnvelope(keyId) } });

async function timed(
  work: Promise<Reply>,
): Promise<{ status: number; code: string | undefined; milliseconds: number; headers: Reply['headers'] }> {
  const began = performance.now();
  const { headers, json, status } = await work;
  return { status, code: json?.code, headers, milliseconds: performance.now() - began };
}

/** No token comes back to a rate meanwhile, however long the test takes. */
function freezeRates(t: TestContext): void {
  const at = performance.now();
  t.mock.method(performance, 'now', () => at);
}

/** The time that is asked for, and what a busy machine adds. */
const TWO_SECONDS = 2_000 + 1_000;

test('changes of an organization whose record hangs are 503 within 2 seconds; reads, readiness and other organizations go on', async () => {
  const hang = (name: string) => Array.from({ length: 40 }, (_, number) => timed(put(own.organization, `${name}_${number}`)));
  const others = (name: string) => [
    timed(instance.call('GET', '/health/ready')),
    timed(get(own.organization, 'secrets')),
    timed(get(own.organization, `projects/${own.ids.project}`)),
    timed(get(other.organization, 'secrets')),
    timed(put(other.organization, `${name}_1`)),
    timed(put(other.organization, `${name}_2`)),
  ];
  // To open connections is not what is looked at.
  await Promise.all([...hang('BEFORE'), ...others('BEFORE')]);
  await using held = new AsyncDisposableStack();
  const holder = connect(instance.ownerUrl, { name: 'holder', maximumConnections: 1 });
  held.defer(() => holder.destroy());
  const letGo = Promise.withResolvers<void>();
  const isHeld = Promise.withResolvers<void>();
  const holding = transaction(holder, async (tx) => {
    await sql`select from audit_head where organization_id = ${own.organization.id} for update`.execute(tx);
    isHeld.resolve();
    await letGo.promise;
  });
  await isHeld.promise;
  try {
    const hanging = hang('HANGING');
    await sleep(300);
    const meanwhile = await Promise.all(others('MEANWHILE'));
    for (const { status, milliseconds } of meanwhile) {
      assert.ok(status < 300, JSON.stringify(meanwhile));
      assert.ok(milliseconds < TWO_SECONDS, `${milliseconds}`);
    }
    const answers = await Promise.all(hanging);
    assert.ok(answers.some(({ code }) => code === 'unavailable'));
    for (const { status, code, milliseconds, headers } of answers) {
      assert.ok(
        (status === 503 && code === 'unavailable') || (status === 429 && headers['retry-after'] !== undefined),
        `${status} ${code}`,
      );
      assert.ok(milliseconds < TWO_SECONDS, `${milliseconds}`);
    }
    assert.equal((await get(own.organization, 'secrets?search=HANGING')).json.total, 0);
  } finally {
    letGo.resolve();
    await holding;
  }
  assert.equal((await put(own.organization, 'AFTERWARDS')).status, 201);
});

test('60 searches of one person at once delay that person, and nobody else', async () => {
  await fill(own.organization);
  const editor = await instance.addMember(own.organization, 'editor');
  const search = () =>
    timed(instance.call('GET', `/api/organizations/own/projects/${own.ids.project}/secret-names?search=nothing`, { token: editor.token }));
  const many = Array.from({ length: 60 }, search);
  await sleep(50);
  const others = await Promise.all([
    timed(get(other.organization, 'secrets?search=A')),
    timed(get(other.organization, `projects/${other.ids.project}/secret-names?search=A`)),
    timed(get(other.organization, 'overview')),
    timed(get(own.organization, `projects/${own.ids.project}`)),
    timed(put(other.organization, 'BESIDE_SEARCHES')),
    timed(instance.call('GET', '/health/ready')),
  ]);
  for (const { status } of others) assert.ok(status < 300, JSON.stringify(others));
  const answers = await Promise.all(many);
  assert.ok(answers.some(({ status }) => status === 200));
  for (const { status, code, headers } of answers) {
    assert.ok(status === 200 || (status === 429 && code === 'rate_limited' && headers['retry-after'] !== undefined), `${status} ${code}`);
  }
});

/** As many secrets as an organization may have, with long descriptions. */
async function fill({ id }: TestOrganization): Promise<void> {
  for (let first = 1; first < 9_900; first += 1_100) {
    await sql`
      insert into secret (organization_id, id, name, description, created_by)
      select ${id}, uuidv7(), 'FILLED_' || n, repeat('é ', 1500), '{"kind":"system","id":null,"name":"test"}'
      from generate_series(${first}::integer, ${first + 1_099}::integer) n`.execute(instance.db);
  }
}

test('a search that takes too long is ended and says so', async () => {
  await sql`alter table project rename to project_itself`.execute(instance.db);
  await sql`create view project as select p.* from project_itself p where pg_sleep(4) is not null`.execute(instance.db);
  await sql`grant select on project to holdfast_control`.execute(instance.db);
  try {
    const { status, code } = await timed(get(other.organization, 'projects?search=x'));
    assert.deepEqual([status, code], [503, 'query_timeout']);
  } finally {
    await sql`drop view project`.execute(instance.db);
    await sql`alter table project_itself rename to project`.execute(instance.db);
  }
});

test('no member can write events onto the record by the dozen a second', async (t) => {
  const viewer = await instance.addMember(other.organization, 'viewer');
  freezeRates(t);
  const events = async () =>
    (
      await sql<{ count: number }>`select count(*) from audit_event where organization_id = ${other.organization.id}
        and ${auditFact('actor_id')} = ${viewer.userId}`.execute(instance.db)
    ).rows[0]?.count ?? 0;
  const replies: Reply[] = [];
  for (let round = 0; round < 100; round++) {
    const made = await instance.call('POST', '/api/organizations/other/tokens', { token: viewer.token, body: { name: 'flood' } });
    replies.push(made);
    if (made.status !== 201) continue;
    replies.push(await instance.call('DELETE', `/api/organizations/other/tokens/${made.json.id}`, { token: viewer.token }));
  }
  assert.ok((await events()) <= 130, `${await events()} events`);
  const last = replies.at(-1);
  assert.deepEqual([last?.status, last?.json.code], [429, 'rate_limited']);
  assert.ok(Number(last?.headers['retry-after']) >= 1);
  assert.equal((await get(other.organization, 'tokens')).status, 200);
});

test('a person has a rate of changes and of reads, and an organization has one of its own', async (t) => {
  await using slow = await testInstance({ rates: { reads: 1, changes: 1 } });
  const organization = await slow.addOrganization('slow');
  freezeRates(t);
  const create = (token: string) => slow.call('POST', '/api/organizations/slow/projects', { token, body: { name: `p ${uuidv7()}` } });
  const statuses: number[] = [];
  for (let round = 0; round < 15; round++) statuses.push((await create(organization.owner.token)).status);
  assert.ok(statuses.includes(201) && statuses.at(-1) === 429, statuses.join());
  // Six more people, each within their own rate, are more than the organization's.
  const people = await Promise.all(Array.from({ length: 6 }, () => slow.addMember(organization, 'editor')));
  const more: number[] = [];
  for (let round = 0; round < 9; round++) for (const { token } of people) more.push((await create(token)).status);
  assert.ok(more.includes(201) && more.includes(429), more.join());
  const reads: number[] = [];
  for (let round = 0; round < 20; round++) reads.push((await slow.call('GET', '/api/session', { token: organization.owner.token })).status);
  assert.ok(reads.includes(200) && reads.includes(429), reads.join());
});

test('an organization has so many projects, components and workflows and no more', async () => {
  const full = await createFixtures(instance, 'full');
  const { id, owner } = full.organization;
  const by = sql`'{"kind":"system","id":null,"name":"test"}'::jsonb`;
  await sql`insert into project (organization_id, id, name, created_by)
    select ${id}, uuidv7(), 'p ' || n, ${by} from generate_series(1, 999) n`.execute(instance.db);
  for (let first = 1; first <= 9_999; first += 1_111) {
    const numbers = sql`generate_series(${first}::integer, ${first + 1_110}::integer) n`;
    await sql`insert into component (organization_id, id, project_id, name, type, configuration, created_by, updated_by)
      select ${id}, uuidv7(), ${full.ids.project}, 'c ' || n, 'azure-blob-publisher', '{}', ${by}, ${by} from ${numbers}`.execute(
      instance.db,
    );
    await sql`insert into workflow (organization_id, id, project_id, name, created_by)
      select ${id}, uuidv7(), ${full.ids.project}, 'w ' || n, ${by} from ${numbers}`.execute(instance.db);
  }
  const configuration = { connectionString: `\${secret.${full.secret}}`, container: 'c' };
  for (const [path, body] of [
    ['projects', { name: 'one more' }],
    [`projects/${full.ids.project}/components`, { name: 'one more', type: 'azure-blob-publisher', configuration }],
    [
      'workflows',
      { name: 'one more', projectId: full.ids.project, source: { kind: 'upload' }, steps: [{ componentId: full.ids.component }] },
    ],
  ] as const) {
    const reply = await instance.call('POST', `/api/organizations/full/${path}`, { token: owner.token, body });
    assert.deepEqual([reply.status, reply.json.code], [409, 'quota_exceeded'], `${path}: ${reply.text}`);
  }
});

test('one address does not sign in again and again without end: what is over its rate reaches no database', async ({ mock }) => {
  // Of a session, so that all three paths would look it up.
  const cookie = await makeAccount(instance, 'often@example.com');
  const asking = new AsyncLocalStorage<{ statements: number }>();
  const query = pg.Client.prototype.query as (...sent: unknown[]) => unknown;
  mock.method(pg.Client.prototype, 'query', function (this: pg.Client, ...sent: unknown[]) {
    const request = asking.getStore();
    if (request !== undefined) request.statements += 1;
    return query.apply(this, sent);
  });
  const paths = ['/api/auth/sign-in/email', '/api/auth/sign-out', '/api/auth/prolong-session'];
  const attempts = await Promise.all(
    Array.from({ length: 200 }, () => paths)
      .flat()
      .map(async (path) => {
        const request = { path, statements: 0 };
        const { json } = await asking.run(request, () =>
          instance.call('POST', path, {
            headers: { origin: PUBLIC_URL, 'x-forwarded-for': '203.0.113.77', cookie },
            body: { email: 'nobody@example.com', password: 'none' },
          }),
        );
        const limited: boolean = json?.code === 'rate_limited' && json.detail.includes('of these requests');
        return Object.assign(request, { limited });
      }),
  );
  const limited = attempts.filter((attempt) => attempt.limited);
  assert.ok(limited.length >= 100, `${limited.length}`);
  assert.deepEqual(new Set(limited.map(({ path }) => path)), new Set(paths));
  assert.deepEqual(
    limited.filter(({ statements }) => statements > 0),
    [],
  );
  assert.ok(
    attempts.some((attempt) => !attempt.limited && attempt.statements > 0),
    'statements of a request are counted',
  );
});
