import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { isToken } from '@holdfast/api';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures, SECRET_NAME } from '../../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let names = 0;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
});
after(() => instance?.[Symbol.asyncDispose]());

const root = '/api/organizations/own';
const call = (method: string, path: string, body?: unknown, token = own.organization.owner.token) =>
  instance.call(method, `${root}${path}`, { token, body });

async function made(method: string, path: string, body?: unknown) {
  const reply = await call(method, path, body);
  assert.equal(Math.floor(reply.status / 100), 2, reply.text);
  return reply.json;
}

/** A workflow of its own, that takes uploads. */
async function workflow(source: unknown = { kind: 'upload' }): Promise<string> {
  const body = { projectId: own.ids.project, name: `Workflow ${++names}`, source, steps: [{ componentId: own.ids.component }] };
  return (await made('POST', '/workflows', body)).id;
}

async function connectorSource(): Promise<unknown> {
  const component = await made('POST', `/projects/${own.ids.project}/components`, {
    name: `Source ${++names}`,
    type: 'azure-blob-source',
    configuration: { connectionString: `\${secret.${SECRET_NAME}}`, container: 'incoming' },
  });
  return { kind: 'component', componentId: component.id, documents: 'all' };
}

async function secretNamed(name: string): Promise<void> {
  assert.equal((await call('PUT', `/secrets/${name}`, { envelope: anEnvelope(own.organization.keyId) })).status, 201);
}

const hook = (secretName: string) => ({ name: 'From the shop', settings: { kind: 'webhook', secretName } });
/** Events of the record, newest first. */
async function events(limit: number) {
  const found = instance.db.selectFrom('audit_event').select('body').where('organization_id', '=', own.organization.id);
  return (await found.orderBy('sequence', 'desc').limit(limit).execute()).map(({ body }) => JSON.parse(body));
}
const newest = async () => (await events(1))[0];

describe('a trigger of a workflow', { concurrency: false }, () => {
  let id: string;
  beforeEach(async () => {
    id = await workflow();
  });

  it('is added, listed with its address, changed, paused, resumed and deleted, and each is on the record', async () => {
    await secretNamed('SHOP_KEY');
    const trigger = await made('POST', `/workflows/${id}/triggers`, hook('SHOP_KEY'));
    assert.equal(trigger.token, null);
    assert.equal(trigger.address, `https://hooks.example/hooks/own/${trigger.id}`);
    assert.deepEqual(trigger.settings, {
      kind: 'webhook',
      signature: 'holdfast',
      documentName: '{time}-{delivery}',
      maximumBytes: 1024 ** 2,
      perMinute: 60,
      secretName: 'SHOP_KEY',
    });
    assert.deepEqual([trigger.enabled, trigger.last, trigger.broken, trigger.nextTimes], [true, null, null, []]);
    const recorded = await newest();
    assert.equal(recorded.action, 'trigger.create');
    assert.deepEqual(recorded.target, { kind: 'trigger', id: trigger.id, name: 'From the shop' });
    assert.equal(recorded.definitions[0].kind, 'trigger');

    const at = `/workflows/${id}/triggers/${trigger.id}`;
    assert.equal((await made('PATCH', at, { enabled: false })).enabled, false);
    const paused = await newest();
    assert.deepEqual([paused.action, paused.detail], ['trigger.update', { enabled: false }]);
    assert.notEqual(paused.definitions[0].digest, recorded.definitions[0].digest);
    assert.equal((await made('PATCH', at, { enabled: true, name: 'Shop' })).name, 'Shop');
    assert.equal((await newest()).definitions[0].digest, recorded.definitions[0].digest);
    const { items } = await made('GET', `/workflows/${id}/triggers`);
    assert.deepEqual(
      items.map((each: { name: string }) => each.name),
      ['Shop'],
    );
    assert.equal((await call('DELETE', at)).status, 204);
    assert.deepEqual((await newest()).definitions, [{ digest: null, id: trigger.id, kind: 'trigger' }]);
    assert.equal((await call('PATCH', at, { enabled: true })).status, 404);
  });

  it('is a place that uses its secret: shown, counted, in the way of a deletion, bound to what takes its place', async () => {
    for (const name of ['KEY_A', 'KEY_B']) await secretNamed(name);
    const trigger = await made('POST', `/workflows/${id}/triggers`, hook('KEY_A'));
    const before = (await newest()).definitions[0].digest;
    const { items } = await made('GET', '/secrets/KEY_A/bindings');
    const [{ place, option, component, workflows, broken }] = items;
    assert.deepEqual([option, component, broken], ['Signing secret', null, false]);
    assert.deepEqual(items[0].trigger, { id: trigger.id, name: 'From the shop' });
    assert.match(place, /^Project of own › Workflow \d+ › From the shop$/);
    assert.equal(workflows[0].id, id);
    const refused = await call('DELETE', '/secrets/KEY_A');
    assert.deepEqual([refused.status, refused.json.code, refused.json.bindings[0].trigger.name], [409, 'secret_in_use', 'From the shop']);

    assert.equal((await call('DELETE', '/secrets/KEY_A?replaceWith=KEY_B')).status, 204);
    const rebound = (await events(2)).find(({ action }: { action: string }) => action === 'secret.rebind');
    assert.deepEqual([rebound.definitions[0].kind, rebound.definitions[0].id], ['trigger', trigger.id]);
    assert.notEqual(rebound.definitions[0].digest, before);
    const [now] = (await made('GET', `/workflows/${id}/triggers`)).items;
    assert.deepEqual([now.settings.secretName, now.broken], ['KEY_B', null]);

    assert.equal((await call('DELETE', '/secrets/KEY_B?confirm=KEY_B')).status, 204);
    const [left] = (await made('GET', `/workflows/${id}/triggers`)).items;
    assert.equal(left.broken.code, 'secret_missing');
  });

  it('may use only a secret that its project may use, and is not bound to one that takes its place out of scope', async () => {
    for (const name of ['SCOPED', 'WIDE']) await secretNamed(name);
    const other = await made('POST', '/projects', { name: `Other ${++names}` });
    const narrow = { scope: { kind: 'projects', projectIds: [other.id] } };
    assert.equal((await call('PATCH', '/secrets/SCOPED', narrow)).status, 200);
    const refused = await call('POST', `/workflows/${id}/triggers`, hook('SCOPED'));
    assert.deepEqual([refused.json.code, refused.json.field], ['secret_out_of_scope', 'settings.secretName']);
    assert.equal((await call('POST', `/workflows/${id}/triggers`, hook('NO_SUCH'))).json.code, 'secret_missing');
    await made('POST', `/workflows/${id}/triggers`, hook('WIDE'));
    assert.equal((await call('DELETE', '/secrets/WIDE?replaceWith=SCOPED')).json.code, 'secret_out_of_scope');
    assert.equal((await call('PATCH', '/secrets/WIDE', narrow)).status, 200);
    assert.equal((await made('GET', `/workflows/${id}/triggers`)).items[0].broken.code, 'secret_out_of_scope');
  });

  it('shows the token of an upload address once, keeps its hash alone, and replaces it', async () => {
    const trigger = await made('POST', `/workflows/${id}/triggers`, {
      name: 'Scanner',
      settings: { kind: 'upload', expiresAt: '2099-12-31' },
    });
    assert.ok(isToken('upload', trigger.token));
    assert.equal(trigger.address, `https://hooks.example/uploads/own/${trigger.id}`);
    assert.equal(trigger.settings.expiresAt, '2099-12-31T23:59:59.999Z');
    const row = () => instance.db.selectFrom('workflow_trigger').selectAll().where('id', '=', trigger.id).executeTakeFirstOrThrow();
    assert.deepEqual((await row()).token_hash, createHash('sha256').update(trigger.token).digest());
    assert.ok(!JSON.stringify([await row(), (await made('GET', `/workflows/${id}/triggers`)).items]).includes(trigger.token));
    const next = await made('POST', `/workflows/${id}/triggers/${trigger.id}/token`);
    assert.notEqual(next.token, trigger.token);
    assert.deepEqual((await row()).token_hash, createHash('sha256').update(next.token).digest());
    assert.equal((await newest()).action, 'trigger.replace-token');
    assert.ok(!JSON.stringify(await events(50)).includes(next.token));
  });

  it('of time says when it is due next, in the hours of its zone, and needs a source that has documents by itself', async () => {
    const nightly = { name: 'Nightly', settings: { kind: 'cron', expression: '30  6 * * 1-5', timeZone: 'Europe/Berlin' } };
    const refused = await call('POST', `/workflows/${id}/triggers`, nightly);
    assert.deepEqual([refused.status, refused.json.field], [400, 'settings.kind']);
    const reading = await workflow(await connectorSource());
    const trigger = await made('POST', `/workflows/${reading}/triggers`, nightly);
    assert.deepEqual(trigger.settings, {
      kind: 'cron',
      expression: '30 6 * * 1-5',
      timeZone: 'Europe/Berlin',
      missed: 'once',
      missedHours: 24,
    });
    assert.equal(trigger.nextTimes.length, 5);
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    for (const time of trigger.nextTimes) assert.equal(clock.format(new Date(time)), '06:30');
    const at = `/workflows/${reading}/triggers/${trigger.id}`;
    assert.deepEqual((await made('PATCH', at, { enabled: false })).nextTimes, []);
    for (const [settings, field] of [
      [{ kind: 'cron', expression: '61 * * * *' }, 'settings.expression'],
      [{ kind: 'cron', expression: '0 * * * *', timeZone: 'Berlin' }, 'settings.timeZone'],
      [{ kind: 'upload' }, 'settings.kind'],
      [{ kind: 'poll', everyMinutes: 0 }, 'settings.everyMinutes'],
      [{ kind: 'poll', everyMinutes: 1_441 }, 'settings.everyMinutes'],
    ] as const) {
      const wrong = await call('POST', `/workflows/${reading}/triggers`, { name: 'wrong', settings });
      assert.deepEqual([wrong.status, wrong.json.field], [400, field], wrong.text);
    }
    assert.equal((await call('PATCH', at, { settings: { kind: 'poll' } })).status, 400);
    await made('POST', `/workflows/${reading}/triggers`, { name: 'New ones', settings: { kind: 'poll' } });
    await made('PUT', `/workflows/${reading}`, {
      name: `W ${++names}`,
      source: { kind: 'upload' },
      steps: [{ componentId: own.ids.component }],
    });
    for (const { broken } of (await made('GET', `/workflows/${reading}/triggers`)).items)
      assert.equal(broken.code, 'workflow_not_runnable');
  });

  it('has a name of its own in its workflow, and is one of 20 at the most', async () => {
    const add = (name: string) => call('POST', `/workflows/${id}/triggers`, { name, settings: { kind: 'upload' } });
    assert.equal((await add('Inbox')).status, 201);
    assert.equal((await add('INBOX')).json.code, 'name_taken');
    for (let number = 2; number <= 20; number++) assert.equal((await add(`Inbox ${number}`)).status, 201);
    assert.equal((await add('One more')).json.code, 'quota_exceeded');
  });

  it('shows no name of a secret to a viewer, and states its end when its workflow is deleted', async () => {
    await secretNamed('HIDDEN_FROM_VIEWERS');
    const trigger = await made('POST', `/workflows/${id}/triggers`, hook('HIDDEN_FROM_VIEWERS'));
    const viewer = await instance.addMember(own.organization, 'viewer');
    const seen = await call('GET', `/workflows/${id}/triggers`, undefined, viewer.token);
    assert.equal(seen.json.items[0].settings.secretName, null);
    assert.ok(!seen.text.includes('HIDDEN_FROM_VIEWERS'));
    assert.equal((await call('DELETE', `/workflows/${id}`)).status, 204);
    assert.deepEqual((await newest()).definitions, [{ digest: null, id: trigger.id, kind: 'trigger' }]);
  });
});
