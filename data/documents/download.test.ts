import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { newToken } from '@holdfast/api';
import { hashToken } from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import { eventually } from '../../tests/harness/eventually.ts';
import { type S3Service, s3Service } from '../../tests/harness/s3-service.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { auditOf, finishedRun, itemsOf } from '../testing/runs.ts';
import { firedBy, testTrigger, testWorkflow } from '../testing/triggers.ts';
import { bucketSettings } from './bucket-settings.ts';
import { sweepTickets } from './download.ts';

const KEY = 'the key of the webhook, 32 letters';
const LARGE = randomBytes(9 * 1024 * 1024 + 5);

describe('a data plane whose documents lie in a bucket', { concurrency: false }, () => {
  let service: S3Service;
  let target: RecordingService;
  let instance: TestInstance;
  let organization: TestOrganization;
  let origin: string;
  let userId: string;
  let memberId: string;
  let workflow: string;
  let token: string;
  let upload: string;
  const stored = new Map<string, string>();

  before(async () => {
    [service, target] = await Promise.all([s3Service({ tls: false }), recordingService()]);
    service.createBucket('holdfast');
    const documentBucket = bucketSettings({
      documentsBucket: 'holdfast',
      documentsEndpoint: service.origin,
      documentsRegion: service.region,
      documentsPrefix: 'documents/',
      documentsAccessKeyId: service.accessKeyId,
      documentsSecretAccessKey: service.secretAccessKey,
    });
    // What goes into a bucket takes nothing of the disk: no disk has so many bytes free.
    instance = await testInstance({ documentBucket, diskReserve: { bytes: 2 ** 60 } });
    origin = await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
    organization = await testOrganization(instance);
    const secret = await testSecret(instance, organization, 'STORE', target.connectionString);
    const component = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
    workflow = await testWorkflow(instance, organization, component);
    token = newToken('upload');
    upload = await testTrigger(
      instance,
      organization,
      workflow,
      { kind: 'upload', maximumBytes: 64 * 1024 ** 2, perMinute: 600 },
      { token },
    );
    userId = uuidv7();
    memberId = uuidv7();
    await instance.owner
      .insertInto('auth.user')
      .values({ id: userId, name: 'Ada Example', email: 'ada@example.com', emailVerified: true })
      .execute();
    await instance.owner
      .insertInto('auth.member')
      .values({ id: memberId, organizationId: organization.id, userId, role: 'editor', createdAt: new Date() })
      .execute();
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await target?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const chunks = () => instance.owner.selectFrom('document_chunk').select('number').execute();
  const inBucket = (document: string) => `documents/${organization.id}/${document}`;

  it('takes what is sent to a webhook or an upload address there, and publishes it from there', async () => {
    const key = await testSecret(instance, organization, 'SHOP_KEY', KEY);
    const hook = await testTrigger(
      instance,
      organization,
      workflow,
      { kind: 'webhook', signature: 'holdfast', documentName: 'order', maximumBytes: 1024 ** 2, perMinute: 600 },
      { secret: key },
    );
    const seconds = Math.floor(Date.now() / 1_000);
    const signature = `t=${seconds},v1=${createHmac('sha256', KEY).update(`${seconds}.{"order":17}`).digest('hex')}`;
    const delivery = () =>
      fetch(`${origin}/hooks/${organization.slug}/${hook}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-holdfast-signature': signature },
        body: '{"order":17}',
      });
    const form = new FormData();
    form.append('file', new Blob([LARGE]), 'Größe.bin');
    form.append('file', new Blob(['']), 'empty.txt');
    const answers = [
      await delivery(),
      await fetch(`${origin}/uploads/${organization.slug}/${upload}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: form,
      }),
    ];
    for (const answer of answers) {
      const json = (await answer.json()) as { run: { id: string } };
      assert.equal(answer.status, 202, JSON.stringify(json));
      assert.equal((await finishedRun(instance, json.run.id)).status, 'succeeded');
      for (const { name, document_id } of await itemsOf(instance, json.run.id)) {
        assert.ok(document_id);
        stored.set(name, document_id);
        assert.ok((await service.keysOf('holdfast')).includes(inBucket(document_id)), name);
      }
    }
    assert.deepEqual([...stored.keys()].sort(), ['Größe.bin', 'empty.txt', 'order.json']);
    assert.deepEqual(await chunks(), []);
    // A delivery that comes again leaves nothing there.
    assert.equal(((await (await delivery()).json()) as { repeated: boolean }).repeated, true);
    await eventually('the object of the repetition to be removed', async () => (await service.keysOf('holdfast')).length === 3);
    assert.equal((await firedBy(instance, hook)).runs.length, 1);
  });

  it('answers 503 while the bucket takes nothing, so that the sender comes again, and keeps nothing', async () => {
    const keys = await service.keysOf('holdfast');
    const send = () =>
      fetch(`${origin}/uploads/${organization.slug}/${upload}?name=a.txt`, {
        method: 'POST',
        headers: { 'x-api-key': token },
        body: 'one',
      });
    service.permit('s3:GetObject');
    try {
      const answer = await send();
      const { code, detail } = (await answer.json()) as { code: string; detail: string };
      assert.deepEqual([answer.status, code], [503, 'unavailable']);
      assert.ok(!detail.includes('holdfast'), 'the bucket is not named to a sender');
      assert.deepEqual(await service.keysOf('holdfast'), keys);
    } finally {
      service.permit();
    }
  });

  interface Asked {
    readonly role?: string;
    readonly accessTokenId?: string;
    readonly expiresAt?: Date;
  }

  /** As the control plane gives it out. */
  async function ticketFor(name: string, { role = 'editor', accessTokenId, expiresAt = new Date(Date.now() + 60_000) }: Asked = {}) {
    const ticket = newToken('document');
    await instance.control
      .insertInto('document_ticket')
      .values({
        organization_id: organization.id,
        token_hash: hashToken(ticket),
        document_id: stored.get(name) ?? '',
        member_id: memberId,
        role,
        access_token_id: accessTokenId ?? null,
        actor: JSON.stringify({ kind: 'member', id: userId, name: 'Ada Example' }),
        context: JSON.stringify({ workflow: 'Filing' }),
        expires_at: expiresAt,
      })
      .execute();
    return `/documents/${organization.slug}/${ticket}`;
  }
  const get = (path: string) => fetch(`${origin}${path}`);
  const downloads = async () =>
    (await auditOf(instance, organization))
      .filter(({ action }) => action === 'document.download')
      .map(({ actor, target: of, detail, context }) => [actor.id, of?.name, detail?.bytes, context?.workflow, context?.ip]);

  it('hands a document out to whom the control plane gave a ticket: once, byte for byte, and on the record', async () => {
    for (const [name, bytes] of [
      ['Größe.bin', LARGE],
      ['empty.txt', Buffer.alloc(0)],
    ] as const) {
      const path = await ticketFor(name);
      const got = await get(path);
      assert.equal(got.status, 200);
      assert.ok(Buffer.from(await got.arrayBuffer()).equals(bytes), name);
      assert.match(got.headers.get('content-disposition') ?? '', /^attachment; filename="/);
      assert.deepEqual(
        ['content-type', 'content-length', 'content-security-policy', 'cache-control'].map((header) => got.headers.get(header)),
        ['application/octet-stream', String(bytes.length), "sandbox; default-src 'none'", 'no-store'],
      );
      assert.equal((await get(path)).status, 404, 'a second time');
    }
    assert.deepEqual(await downloads(), [
      [userId, 'Größe.bin', LARGE.length, 'Filing', '127.0.0.1'],
      [userId, 'empty.txt', 0, 'Filing', '127.0.0.1'],
    ]);
    await eventually('the record to verify', async () => {
      await instance.plane.follower.follow(organization.id);
      return true;
    });
  });

  it('says the same of a ticket that is over, of another, and of one whose member is another by now', async () => {
    const recorded = await downloads();
    const stranger = await testOrganization(instance);
    const elsewhere = (await ticketFor('order.json')).replace(organization.slug, stranger.slug);
    const revoked = uuidv7();
    const paths: [string, string][] = [
      ['over', await ticketFor('order.json', { expiresAt: new Date(Date.now() - 60_000) })],
      ['of another role', await ticketFor('order.json', { role: 'admin' })],
      ['of a token that was revoked', await ticketFor('order.json', { accessTokenId: revoked })],
      ['of another organization', elsewhere],
      ['of nobody', `/documents/${organization.slug}/${newToken('document')}`],
      ['a name that is none', (await ticketFor('order.json')).replace(organization.slug, '%00')],
    ];
    const answers = new Set<string>();
    for (const [what, path] of paths) {
      const answer = await get(path);
      assert.equal(answer.status, 404, what);
      answers.add((await answer.text()).replace(/"requestId":"[^"]*"/, ''));
    }
    assert.equal((await get(`/documents/${organization.slug}/${newToken('upload')}`)).status, 404, 'no ticket at all');
    assert.equal(answers.size, 1, [...answers].join('\n'));
    const left = await ticketFor('order.json');
    await instance.owner.updateTable('auth.member').set({ role: 'viewer' }).where('id', '=', memberId).execute();
    assert.equal((await get(left)).status, 404, 'the role was changed');
    const removed = await ticketFor('order.json', { role: 'viewer' });
    await instance.owner.deleteFrom('auth.member').where('id', '=', memberId).execute();
    assert.equal((await get(removed)).status, 404, 'the member was removed');
    await instance.owner
      .insertInto('auth.member')
      .values({ id: memberId, organizationId: organization.id, userId, role: 'editor', createdAt: new Date() })
      .execute();
    assert.deepEqual(await downloads(), recorded);
  });

  it('says that a bucket does not answer, in place of a file that breaks off', async () => {
    service.permit('s3:PutObject');
    try {
      const answer = await get(await ticketFor('order.json'));
      assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [409, 'document_in_bucket']);
    } finally {
      service.permit();
    }
    const right = await get(await ticketFor('order.json'));
    assert.equal(await right.text(), '{"order":17}');
  });

  it('lets no organization take all places, and gives them back when the clients are gone', async () => {
    const paths = await Promise.all(Array.from({ length: 16 }, () => ticketFor('order.json')));
    const held: (() => void)[] = [];
    service.intercept(({ method }, response) => {
      if (method !== 'GET') return false;
      held.push(() => response.writeHead(503).end());
      return true;
    });
    const leaving = new AbortController();
    try {
      const asked = paths.map((path) => fetch(`${origin}${path}`, { signal: leaving.signal }).then(({ status }) => status));
      const refused = asked.map((each) => each.catch(() => 0));
      await eventually('a part of the downloads to wait for the bucket', async () => held.length === 8);
      const stranger = await testOrganization(instance);
      assert.equal((await get(`/documents/${stranger.slug}/${newToken('document')}`)).status, 404);
      assert.equal((await get(await ticketFor('order.json'))).status, 429);
      leaving.abort();
      assert.equal((await Promise.all(refused)).filter((status) => status === 429).length, 8);
    } finally {
      service.intercept(undefined);
      for (const answer of held) answer();
    }
    await eventually('a place', async () => (await (await get(await ticketFor('order.json'))).text()) === '{"order":17}');
  });

  it('forgets tickets that nobody used', async () => {
    await ticketFor('order.json', { expiresAt: new Date(Date.now() - 1) });
    await ticketFor('order.json');
    await using db = instance.connectAs('data');
    await sweepTickets(db as never, new Date());
    assert.equal(
      (await instance.owner.selectFrom('document_ticket').select('expires_at').where('expires_at', '<', new Date()).execute()).length,
      0,
    );
  });
});
