import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HookSignature, newToken } from '@holdfast/api';
import { deleteRows } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { eventually } from '../../tests/harness/eventually.ts';
import { createDocumentStore } from '../documents/document-store.ts';
import { BODY, HOOK, HOOK_KEY, hex, type Reply, seconds, send, signed, timed, UPLOAD } from '../testing/deliveries.ts';
import {
  recordDefinitions,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { auditOf, finishedRun, itemsOf } from '../testing/runs.ts';
import { firedBy, publish, stateTrigger, testTrigger, testWorkflow } from '../testing/triggers.ts';
import { discardSent } from './store-sent.ts';

let instance: TestInstance;
let service: RecordingService;
let organization: TestOrganization;
let workflow: string;
let component: string;
let secret: TestSecret;
let origin: string;
before(async () => {
  [instance, service] = await Promise.all([testInstance(), recordingService()]);
  origin = await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  const store = await testSecret(instance, organization, 'STORE', service.connectionString);
  component = await testComponent(instance, organization, { container: 'docs' }, { connectionString: store });
  workflow = await testWorkflow(instance, organization, component);
  secret = await testSecret(instance, organization, 'SHOP_KEY', HOOK_KEY);
});

const hook = (signature: HookSignature = 'holdfast', changes: object = {}, key = secret) =>
  testTrigger(instance, organization, workflow, { ...HOOK, signature, ...changes }, { secret: key });
const deliver = (id: string, headers: Record<string, string>, body: BodyInit = BODY, slug = organization.slug) =>
  send(`${origin}/hooks/${slug}/${id}`, body, { 'content-type': 'application/json', ...headers });

describe('an inbound webhook', { concurrency: false }, () => {
  it('starts a run with what was sent as its document, and says on the record who did', async () => {
    const id = await hook();
    const reply = await deliver(id, signed());
    assert.equal(reply.status, 202, JSON.stringify(reply.json));
    assert.deepEqual(reply.json, { run: { id: reply.json.run.id }, repeated: false });
    const run = await finishedRun(instance, reply.json.run.id);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
    const [item] = await itemsOf(instance, reply.json.run.id);
    assert.match(item?.name ?? '', /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[0-9a-f]{32}\.json$/);
    assert.deepEqual([item?.content_type, item?.size, item?.status], ['application/json', BODY.length, 'published']);
    const { state } = await firedBy(instance, id);
    assert.deepEqual([state?.outcome, state?.run_id], ['started', reply.json.run.id]);
    const events = await auditOf(instance, organization);
    const start = events.find(({ action }) => action === 'run.start');
    assert.deepEqual([start?.actor.kind, start?.actor.id], ['trigger', id]);
    const ofKey = events.filter(({ target }) => target?.id === secret.id).map(({ action, outcome }) => `${action} ${outcome}`);
    assert.ok(ofKey.indexOf('secret.use intent') >= 0, ofKey.join());
  });

  it('is reached by the id of the organization too, in upper and lower case, and starts one run for a delivery by either', async () => {
    const id = await hook();
    const [replies, headers] = [[] as Reply[], signed()];
    for (const place of [organization.id, organization.id.toUpperCase(), organization.slug]) {
      replies.push(await deliver(id, headers, BODY, place));
    }
    assert.deepEqual(
      replies.map(({ status, json }) => [status, json.repeated]),
      [
        [202, false],
        [202, true],
        [202, true],
      ],
    );
    const stranger = await testOrganization(instance);
    assert.equal((await deliver(id, signed(), BODY, stranger.id)).status, 401);
    assert.equal((await deliver(id, signed(), BODY, uuidv7())).status, 401);
  });

  it('keeps the document of a run whose start was not answered, and nothing of one that did not start', async () => {
    const reply = await deliver(await hook(), signed());
    const run = await finishedRun(instance, reply.json.run.id);
    const of = { organizationId: organization.id };
    const [item] = await itemsOf(instance, run.id);
    assert.ok(item?.document_id);
    await using db = instance.connectAs('data');
    const left = async () => {
      const counts = ['document', 'document_chunk'] as const;
      return await Promise.all(
        counts.map(
          async (table) =>
            (await db.selectFrom(table).select('organization_id').where('organization_id', '=', of.organizationId).execute()).length,
        ),
      );
    };
    const documents = createDocumentStore({ db, bucket: undefined, limits: { documentMaximumBytes: 0, documentQuotaBytes: 0 } });
    // As after a commit without an answer.
    await discardSent({ documents }, of, [item.document_id]);
    assert.deepEqual(await left(), [1, 1]);
    await instance.owner.updateTable('document').set({ run_id: null }).where('id', '=', item.document_id).execute();
    await discardSent({ documents }, of, [item.document_id]);
    assert.deepEqual(await left(), [0, 0]);
  });

  it('takes the form that is set, and no other', async () => {
    const standardId = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
    const at = seconds();
    const standardKey = Buffer.from(HOOK_KEY.slice('whsec_'.length), 'base64');
    const mac = createHmac('sha256', standardKey).update(`${standardId}.${at}.${BODY}`).digest('base64');
    const forms: Record<HookSignature, Record<string, string>> = {
      holdfast: signed(),
      stripe: { 'stripe-signature': `t=${at},v1=${hex('other', BODY)},v1=${hex(HOOK_KEY, `${at}.${BODY}`)},v0=${'0'.repeat(64)}` },
      github: { 'x-hub-signature-256': `sha256=${hex(HOOK_KEY, BODY)}`, 'x-github-delivery': uuidv7() },
      'standard-webhooks': { 'webhook-id': standardId, 'webhook-timestamp': String(at), 'webhook-signature': `v1a,xyz v1,${mac}` },
    };
    for (const form of Object.keys(forms) as HookSignature[]) {
      const id = await hook(form);
      for (const [other, headers] of Object.entries(forms)) {
        assert.equal((await deliver(id, headers)).status, other === form ? 202 : 401, `${other} for ${form}`);
      }
      assert.equal((await firedBy(instance, id)).runs.length, 1, form);
    }
  });

  it('starts one run for a delivery that comes again, also many times at once, whatever is not signed', async () => {
    for (const [form, headers] of [
      ['holdfast', signed()],
      ['github', { 'x-hub-signature-256': `sha256=${hex(HOOK_KEY, BODY)}` }],
    ] as const) {
      const id = await hook(form);
      const replies = await Promise.all(
        Array.from({ length: 8 }, async (_, number) => {
          const attempt = () => deliver(id, { ...headers, 'x-github-delivery': `${number}`, 'idempotency-key': `key-number-${number}` });
          // They wait for one another, and on a slow machine too long: then a sender tries again.
          let reply = await attempt();
          for (let again = 0; reply.status === 503 && again < 5; again++) reply = await attempt();
          return reply;
        }),
      );
      assert.deepEqual([...new Set(replies.map(({ status }) => status))], [202], JSON.stringify(replies));
      assert.equal(new Set(replies.map(({ json }) => json.run.id)).size, 1);
      assert.equal(replies.filter(({ json }) => !json.repeated).length, 1);
      assert.equal((await firedBy(instance, id)).runs.length, 1);
    }
    const waiting = await instance.owner
      .selectFrom('document')
      .select('id')
      .where('organization_id', '=', organization.id)
      .where('run_id', 'is', null)
      .execute();
    assert.deepEqual(waiting, [], 'documents of repeated deliveries are not kept');
  });

  it('knows a delivery again that is signed at another time, by what its form says of it', async () => {
    const stripe = (at: number, body = BODY) => ({ 'stripe-signature': timed(body, at) });
    const standardKey = Buffer.from(HOOK_KEY.slice('whsec_'.length), 'base64');
    const standard = (at: number, body = BODY, id = 'msg_1') => ({
      'webhook-id': id,
      'webhook-timestamp': String(at),
      'webhook-signature': `v1,${createHmac('sha256', standardKey).update(`${id}.${at}.${body}`).digest('base64')}`,
    });
    const other = '{"order":18}';
    const cases: [HookSignature, string, Record<string, string>, string, boolean][] = [
      ['stripe', 'the same body', stripe(seconds(5)), BODY, true],
      ['stripe', 'another body', stripe(seconds(5), other), other, false],
      ['standard-webhooks', 'the same id', standard(seconds(5)), BODY, true],
      ['standard-webhooks', 'another id', standard(seconds(5), BODY, 'msg_2'), BODY, false],
      // It signs nothing but the time and the body.
      ['holdfast', 'another time', signed(BODY, seconds(5)), BODY, false],
    ];
    for (const [form, what, headers, body, repeated] of cases) {
      const id = await hook(form);
      const first = form === 'stripe' ? stripe(seconds()) : form === 'holdfast' ? signed() : standard(seconds());
      const [one, two] = [await deliver(id, first), await deliver(id, headers, body)];
      assert.deepEqual([one.status, one.json.repeated, two.status, two.json.repeated], [202, false, 202, repeated], `${form}, ${what}`);
      assert.equal(one.json.run.id === two.json.run.id, repeated, `${form}, ${what}`);
    }
  });

  it('refuses with the same bytes, at the same steps of time, whether anything is at the address', async () => {
    const id = await hook();
    const token = newToken('upload');
    const upload = await testTrigger(instance, organization, workflow, UPLOAD, { token });
    const stranger = await testOrganization(instance);
    const theirComponent = await testComponent(instance, stranger, { container: 'docs' }, {});
    const theirs = await testTrigger(instance, stranger, await testWorkflow(instance, stranger, theirComponent), UPLOAD, {
      token: newToken('upload'),
    });
    const wrong = { 'x-holdfast-signature': timed(BODY, seconds(), 'another key, as long as that one') };
    const attempts: [string, () => Promise<Reply>][] = [
      ['a wrong key', () => deliver(id, wrong)],
      ['no signature', () => deliver(id, {})],
      ['another body', () => deliver(id, signed('{"order":18}'))],
      ['a time that is over', () => deliver(id, signed(BODY, seconds(-301)))],
      ['a time to come', () => deliver(id, signed(BODY, seconds(330)))],
      ['half a signature', () => deliver(id, { 'x-holdfast-signature': signed()['x-holdfast-signature'].slice(0, 40) })],
      ['two times', () => deliver(id, { 'x-holdfast-signature': `t=1,${signed()['x-holdfast-signature']}` })],
      ['a trigger that is none', () => deliver(uuidv7(), signed())],
      ['a name that is none', () => deliver(id, signed(), BODY, '%00')],
      ['an organization that is none', () => deliver(id, signed(), BODY, 'nowhere')],
      ['another organization', () => deliver(id, signed(), BODY, stranger.slug)],
      ['a token of another organization', () => send(`${origin}/uploads/${stranger.slug}/${upload}?name=a`, BODY, { 'x-api-key': token })],
      [
        'a token at an address of another organization',
        () => send(`${origin}/uploads/${stranger.slug}/${theirs}?name=a`, BODY, { 'x-api-key': token }),
      ],
      [
        'a token of another organization at ours',
        () => send(`${origin}/uploads/${organization.slug}/${theirs}?name=a`, BODY, { 'x-api-key': token }),
      ],
      ['an upload address', () => deliver(upload, signed())],
      ['an upload without a token', () => send(`${origin}/uploads/${organization.slug}/${upload}?name=a`, BODY, {})],
      [
        'an upload with another token',
        () => send(`${origin}/uploads/${organization.slug}/${upload}?name=a`, BODY, { authorization: `Bearer ${newToken('upload')}` }),
      ],
      [
        'an upload to nobody',
        () => send(`${origin}/uploads/${organization.slug}/${uuidv7()}?name=a`, BODY, { 'x-api-key': newToken('upload') }),
      ],
      [
        'an upload to a webhook',
        () => send(`${origin}/uploads/${organization.slug}/${id}?name=a`, BODY, { 'x-api-key': newToken('upload') }),
      ],
    ];
    const seen = new Map<string, string>();
    for (const [what, attempt] of attempts) {
      const began = performance.now();
      const reply = await attempt();
      assert.equal(reply.status, 401, what);
      assert.ok(performance.now() - began >= 249, `${what} was answered in ${performance.now() - began} ms`);
      seen.set(what, reply.visible);
    }
    assert.equal(new Set(seen.values()).size, 1, JSON.stringify([...seen], undefined, 1));
    assert.deepEqual((await firedBy(instance, id)).runs, []);
    const { state } = await firedBy(instance, id);
    assert.equal(state?.outcome, 'refused');
  });

  it('puts refusals on the record once, however many there are, and opens its key once for them', async () => {
    const id = await hook();
    for (let number = 0; number < 4; number++) await deliver(id, signed(`{"order":${number}}`));
    const events = await auditOf(instance, organization);
    const refusals = events.filter(({ action }) => action === 'trigger.refuse');
    assert.deepEqual(
      refusals.map(({ actor, target, outcome }) => [actor.kind, target?.id, outcome]),
      [['anonymous', id, 'refused']],
    );
    assert.equal(events.filter(({ action, target }) => action === 'secret.use' && target?.id === secret.id).length, 1);
  });

  it('accepts nothing any more from the very next request on when its secret is replaced, deleted, expired or out of scope', async () => {
    const expire = async (expiresAt: Date) => {
      await instance.control.updateTable('secret').set({ expires_at: expiresAt }).where('id', '=', secret.id).execute();
      await recordDefinitions(instance, organization, { secretId: secret.id });
    };
    const changes: [string, string, () => Promise<unknown>][] = [
      ['secret_expired', 'expired', () => expire(new Date(Date.now() - 1_000))],
      [
        'secret_out_of_scope',
        'out of scope',
        async () => {
          await instance.control.updateTable('secret').set({ all_projects: false }).where('id', '=', secret.id).execute();
          await recordDefinitions(instance, organization, { secretId: secret.id });
        },
      ],
      ['secret_missing', 'deleted', () => deleteRows(instance.control, 'secret', organization.id, [secret.id])],
    ];
    for (const [code, what, change] of changes) {
      secret = await testSecret(instance, organization, `KEY_${code}`, HOOK_KEY);
      const id = await hook();
      assert.equal((await deliver(id, signed())).status, 202, what);
      await change();
      assert.equal((await deliver(id, signed('{"order":2}'), '{"order":2}')).status, 401, what);
      assert.equal((await firedBy(instance, id)).state?.failure?.code, code, what);
    }
  });

  it('goes by the record: a binding or setting that was changed beside it is refused', async () => {
    const other = await testSecret(instance, organization, 'OTHER', 'another key, as long as that one');
    const id = await hook();
    assert.equal((await deliver(id, signed())).status, 202);
    await instance.owner.updateTable('binding').set({ secret_id: other.id }).where('trigger_id', '=', id).execute();
    const headers = { 'x-holdfast-signature': timed('{"order":2}', seconds(), 'another key, as long as that one') };
    assert.equal((await deliver(id, headers, '{"order":2}')).status, 401);
    assert.equal((await firedBy(instance, id)).state?.failure?.code, 'definition_refused');
    await stateTrigger(instance, organization, id);
    assert.equal((await deliver(id, headers, '{"order":2}')).status, 202);
    // With the right key, and a row that only the owner of the database has changed.
    const paused = await hook('holdfast', {}, other);
    await instance.control.updateTable('workflow_trigger').set({ enabled: false }).where('id', '=', paused).execute();
    await stateTrigger(instance, organization, paused);
    for (const changes of [
      { enabled: true },
      { enabled: false, configuration: JSON.stringify({ ...HOOK, signature: 'holdfast', perMinute: 9 }) },
    ]) {
      await instance.owner.updateTable('workflow_trigger').set(changes).where('id', '=', paused).execute();
      assert.equal((await deliver(paused, headers, '{"order":2}')).status, 401, JSON.stringify(changes));
      assert.equal((await firedBy(instance, paused)).state?.failure?.code, 'definition_refused');
    }
    assert.deepEqual((await firedBy(instance, paused)).runs, []);
    const never = await testTrigger(instance, organization, workflow, { ...HOOK, signature: 'holdfast' }, { secret, unstated: true });
    assert.equal((await deliver(never, signed())).status, 401);
  });

  it('tells the one who has the key what is wrong: paused, too large, too many, compressed', async () => {
    const id = await hook('holdfast', { maximumBytes: 20 });
    const large = await deliver(id, signed('x'.repeat(21)), 'x'.repeat(21));
    assert.deepEqual([large.status, large.json.code], [413, 'payload_too_large']);
    const huge = await deliver(uuidv7(), {}, 'x'.repeat(5 * 1024 ** 2 + 1));
    assert.deepEqual([huge.status, huge.json.code], [413, 'payload_too_large']);
    const unannounced = await deliver(uuidv7(), {}, new Blob(['x'.repeat(5 * 1024 ** 2 + 1)]).stream());
    assert.deepEqual([unannounced.status, unannounced.json.code], [413, 'payload_too_large']);
    const compressed = await deliver(id, { ...signed(), 'content-encoding': 'gzip' });
    assert.deepEqual([compressed.status, compressed.json.code], [415, 'unsupported_media_type']);
    const few = await hook('holdfast', { perMinute: 1 });
    assert.equal((await deliver(few, signed())).status, 202);
    const many = await deliver(few, signed('{"order":2}'), '{"order":2}');
    assert.deepEqual([many.status, many.json.code], [429, 'rate_limited']);
    await instance.control.updateTable('workflow_trigger').set({ enabled: false, revision: 2 }).where('id', '=', id).execute();
    await stateTrigger(instance, organization, id);
    const paused = await deliver(id, signed());
    assert.deepEqual([paused.status, paused.json.code], [409, 'trigger_paused']);
    assert.equal((await deliver(id, signed('{}'))).status, 401);
  });

  it('is reached from elsewhere while somebody holds as many connections as they get', async () => {
    const id = await hook();
    const { port } = new URL(origin);
    const slow = Array.from({ length: 16 }, () => {
      const path = `/hooks/${organization.slug}/${uuidv7()}`;
      const request = http.request({ port, host: '127.0.0.1', localAddress: '127.0.0.2', method: 'POST', path });
      request.write('{');
      const status = new Promise<number>((resolve) => {
        request.once('response', (answer) => resolve(answer.resume().statusCode ?? 0));
        request.once('error', () => resolve(0));
      });
      return { request, status };
    });
    try {
      const statuses: number[] = [];
      for (const { status } of slow) void status.then((each) => statuses.push(each));
      await eventually('the rest of them to be refused', async () => statuses.length === 8);
      assert.deepEqual([...new Set(statuses)], [429]);
      assert.equal((await deliver(id, signed())).status, 202);
    } finally {
      for (const { request } of slow) request.destroy();
    }
  });

  it('takes no key that could be guessed, and says so to those who may see the trigger', async () => {
    const short = await testSecret(instance, organization, 'SHORT', 'short');
    const id = await hook('holdfast', {}, short);
    assert.equal((await deliver(id, { 'x-holdfast-signature': timed(BODY, seconds(), 'short') })).status, 401);
    assert.equal((await firedBy(instance, id)).state?.failure?.code, 'option_invalid');
  });

  it('says what a workflow lacks that cannot run, and keeps no document of it', async () => {
    const id = await hook();
    await publish(instance, organization, workflow, component, { name: 'in', kind: 'folder', folder: 'x' });
    assert.equal((await deliver(id, signed())).status, 400);
    const kept = await instance.owner.selectFrom('document').select('id').where('organization_id', '=', organization.id).execute();
    assert.deepEqual(kept, []);
  });
});
