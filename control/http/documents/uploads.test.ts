import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';

const MIB = 1024 * 1024;
const QUOTA = 6 * MIB;

let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance({ documentQuotaBytes: QUOTA, documentMaximumBytes: 4 * MIB });
  own = await createFixtures(instance, 'own');
  await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
});
after(() => instance[Symbol.asyncDispose]());

interface UploadAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly remedy: string | undefined;
  readonly id: string | undefined;
}

/** Over a real connection, in chunks unless a length is given. The callback writes the body. */
function send(
  place: Fixtures,
  write: (sent: ClientRequest) => void | Promise<void>,
  headers: Record<string, string> = {},
): Promise<UploadAnswer> {
  const { port } = instance.plane.server.server.address() as AddressInfo;
  const { slug, owner } = place.organization;
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      method: 'POST',
      path: `/api/organizations/${slug}/projects/${place.ids.project}/documents?name=a.txt`,
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/octet-stream', ...headers },
      agent: false,
    });
    sent.once('response', async (response: IncomingMessage) => {
      let text = '';
      for await (const piece of response) text += piece;
      const { code, id, remedy } = JSON.parse(text);
      resolve({ status: response.statusCode ?? 0, code, id, remedy });
    });
    sent.once('error', reject);
    void write(sent);
  });
}

const sendBytes = (place: Fixtures, bytes: Buffer, headers: Record<string, string> = {}) =>
  send(place, (sent) => void sent.end(bytes), headers);

async function stored(place: Fixtures): Promise<{ chunks: number; bytes: number; counted: number }> {
  const { rows } = await sql<{ chunks: number; bytes: number; counted: number }>`
    select count(*) as chunks, coalesce(sum(length(bytes)), 0)::bigint as bytes,
      coalesce((select bytes from document_usage where organization_id = ${place.organization.id}), 0) as counted
    from document_chunk where organization_id = ${place.organization.id}`.execute(instance.db);
  return rows[0] ?? { chunks: -1, bytes: -1, counted: -1 };
}

test('a document that is too large is 413, whether its size is announced or found while it comes', async () => {
  const before = await stored(own);
  const large = Buffer.alloc(5 * MIB);
  for (const headers of [{ 'content-length': String(large.length) }, {}] as Record<string, string>[]) {
    const answer = await sendBytes(own, large, headers);
    assert.deepEqual([answer.status, answer.code], [413, 'payload_too_large']);
  }
  assert.deepEqual(await stored(own), before);
});

test('bytes that are not those that were announced are 400, and nothing of them stays', async () => {
  const before = await stored(own);
  const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;
  const wrong = await sendBytes(own, Buffer.from('hello'), { 'content-digest': digest('other') });
  assert.deepEqual([wrong.status, wrong.code], [400, 'invalid_request']);
  assert.equal((await sendBytes(own, Buffer.from('hello'), { 'content-digest': 'sha-256=nonsense' })).status, 400);
  assert.deepEqual(await stored(own), before);
  const right = await sendBytes(own, Buffer.from('hello'), { 'content-digest': `sha-512=:AA==:, ${digest('hello')}` });
  assert.equal(right.status, 201);
});

test('what a document is follows from its name, and from what was declared only when the name does not say', async () => {
  const { port } = instance.plane.server.server.address() as AddressInfo;
  const { slug, owner } = own.organization;
  for (const [name, declared, taken] of [
    ['list.csv', 'application/vnd.ms-excel', 'text/csv'],
    ['list.CSV', undefined, 'text/csv'],
    ['scan', 'image/tiff', 'image/tiff'],
    ['scan', undefined, 'application/octet-stream'],
  ] as const) {
    const query = new URLSearchParams({ name, ...(declared !== undefined && { contentType: declared }) });
    const answer = await fetch(`http://127.0.0.1:${port}/api/organizations/${slug}/projects/${own.ids.project}/documents?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/octet-stream' },
      body: 'a;b',
    });
    assert.equal(((await answer.json()) as { contentType: string }).contentType, taken, `${name} declared as ${declared}`);
  }
});

test('what the database fails with is what the answer says', async () => {
  await sql`create function fail_as_told() returns trigger language plpgsql as $$ begin
    raise exception 'meant to fail' using errcode = convert_from(new.bytes, 'UTF8'); end $$`.execute(instance.db);
  await sql`create trigger fail_as_told before insert on document_chunk for each row
    when (length(new.bytes) = 5) execute function fail_as_told()`.execute(instance.db);
  try {
    for (const [sqlState, status, code] of [
      ['53100', 507, 'storage_full'],
      ['53200', 503, 'unavailable'],
      ['57P01', 503, 'unavailable'],
      ['08006', 503, 'unavailable'],
      ['55P03', 503, 'unavailable'],
      ['25006', 503, 'unavailable'],
    ] as const) {
      const answer = await sendBytes(own, Buffer.from(sqlState));
      assert.deepEqual([answer.status, answer.code], [status, code], sqlState);
    }
  } finally {
    await sql`drop trigger fail_as_told on document_chunk`.execute(instance.db);
  }
});

test('a client that goes away leaves nothing, and is nobody else’s error', async () => {
  const before = await stored(own);
  await assert.rejects(
    send(own, async (sent) => {
      sent.write(Buffer.alloc(2 * MIB));
      while ((await stored(own)).chunks === before.chunks) await sleep(20);
      sent.destroy(new Error('gone'));
    }),
    /gone/,
  );
  for (const until = Date.now() + 10_000; (await stored(own)).chunks !== before.chunks && Date.now() < until; ) await sleep(20);
  assert.deepEqual(await stored(own), before);
  assert.equal((await sendBytes(own, Buffer.from('next'))).status, 201);
});

test('an organization keeps no more documents than its quota, and has room again when some are deleted', async () => {
  const place = await createFixtures(instance, 'full');
  const first = await stored(place);
  const one = await sendBytes(place, Buffer.alloc(3 * MIB));
  assert.equal(one.status, 201);
  for (const headers of [{ 'content-length': String(4 * MIB) }, {}] as Record<string, string>[]) {
    const refused = await sendBytes(place, Buffer.alloc(4 * MIB), headers);
    assert.deepEqual([refused.status, refused.code], [507, 'document_quota_exceeded']);
    assert.match(refused.remedy ?? '', /HOLDFAST_DOCUMENT_QUOTA/);
  }
  assert.deepEqual(await stored(place), { chunks: first.chunks + 3, bytes: first.bytes + 3 * MIB, counted: first.bytes + 3 * MIB });
  // The others have their own.
  assert.equal((await sendBytes(own, Buffer.alloc(MIB))).status, 201);

  const workflow = await instance.call('POST', `/api/organizations/full/workflows/${place.ids.workflow}/runs`, {
    token: place.organization.owner.token,
    body: { documentIds: [one.id] },
  });
  assert.equal(workflow.status, 201, workflow.text);
  await sql`update run set status = 'succeeded' where organization_id = ${place.organization.id}`.execute(instance.db);
  const deleted = await instance.call('DELETE', `/api/organizations/full/workflows/${place.ids.workflow}`, {
    token: place.organization.owner.token,
  });
  assert.equal(deleted.status, 204, deleted.text);
  const left = await stored(place);
  assert.equal(left.counted, left.bytes);
  assert.equal((await sendBytes(place, Buffer.alloc(4 * MIB))).status, 201);
});

test('uploads side by side exceed the quota by a chunk each at most', async () => {
  const place = await createFixtures(instance, 'crowded');
  const answers = await Promise.all(Array.from({ length: 8 }, () => sendBytes(place, Buffer.alloc(2 * MIB))));
  const taken = answers.filter(({ status }) => status === 201).length;
  const refused = answers.filter(({ code }) => code === 'document_quota_exceeded').length;
  assert.equal(taken + refused, 8, JSON.stringify(answers));
  const { bytes, counted } = await stored(place);
  assert.equal(counted, bytes);
  assert.ok(bytes <= QUOTA + 8 * MIB && taken <= 7, `${taken} were taken`);
});
