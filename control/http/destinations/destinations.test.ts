// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { auditFact } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';
import { recordedEvents } from '../../testing/recorded.ts';

const ACME = 'https://acme.blob.core.windows.net:443';
const EVIL = 'https://evil.blob.core.windows.net:443';

let instance: TestInstance;
let own: Fixtures;
let other: Fixtures;
let admin: TestMember;
let editor: TestMember;
let names = 0;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  other = await createFixtures(instance, 'other');
  admin = await instance.addMember(own.organization, 'admin');
  editor = await instance.addMember(own.organization, 'editor');
});
after(() => instance[Symbol.asyncDispose]());

async function call(method: string, path: string, by: TestMember, body?: unknown): Promise<Reply> {
  return instance.call(method, `/api/organizations/own${path}`, { token: by.token, body });
}

/** A secret that names no host. */
async function aKey(metadata: object = {}): Promise<{ name: string; id: string }> {
  const name = `KEY_${++names}`;
  const envelope = anEnvelope(own.organization.keyId);
  const reply = await call('PUT', `/secrets/${name}`, admin, { envelope, ...metadata });
  assert.equal(reply.status, 201, reply.text);
  return { name, id: envelope.secretId };
}

const textFor = (name: string, account = 'acme') => `AccountName=${account};AccountKey=\${secret.${name}};EndpointSuffix=core.windows.net`;

async function saves(by: TestMember, connectionString: string, at?: { id: string; revision: number }, sealedOptions = {}) {
  const body = {
    name: at === undefined ? `Publisher ${++names}` : `Publisher ${at.id}`,
    configuration: { container: 'docs', ...(connectionString === '' ? {} : { connectionString }) },
    sealedOptions,
  };
  const components = `/projects/${own.ids.project}/components`;
  return at === undefined
    ? call('POST', components, by, { ...body, type: 'azure-blob-publisher' })
    : call('PUT', `${components}/${at.id}`, by, { ...body, revision: at.revision });
}

const decides = (by: TestMember, decision: string, secretId: string, destination = ACME, reason?: string) =>
  call('POST', '/destinations', by, { decision, items: [{ secretId, destination }], ...(reason === undefined ? {} : { reason }) });

async function statesOf({ name }: { name: string }): Promise<string[]> {
  const reply = await call('GET', `/destinations?secret=${name}`, admin);
  return reply.json.items.map((item: { destination: string; state: string }) => `${item.state} ${item.destination}`);
}

async function recorded(secretId: string): Promise<string[]> {
  return (await recordedEvents(instance, own.organization.id))
    .filter(({ action, target }) => action.startsWith('destination.') && target?.id === secretId)
    .map(({ action, actor, detail }) => `${action} ${detail?.destination} by ${actor.name}`);
}

test('what an editor saves waits: the component is saved, says so, and asks once', async () => {
  const key = await aKey();
  const saved = await saves(editor, textFor(key.name));
  assert.equal(saved.status, 201, saved.text);
  assert.deepEqual(saved.json.destinations, [ACME]);
  assert.deepEqual(saved.json.unapproved, [{ secretName: key.name, destination: ACME, state: 'requested', reason: '' }]);
  const again = await saves(editor, textFor(key.name), saved.json);
  assert.equal(again.status, 200, again.text);
  await saves(editor, textFor(key.name));
  assert.deepEqual(await statesOf(key), [`requested ${ACME}`]);
  assert.deepEqual(await recorded(key.id), [`destination.request ${ACME} by editor`]);
  const { json } = await call('GET', `/destinations?state=requested&search=${key.name.toLowerCase()}`, admin);
  const [item] = json.items;
  assert.deepEqual(
    [item.secret, item.askedBy.name, item.askedFor.id, item.askedFor.project.id, item.usedByTotal, item.decidedBy],
    [{ id: key.id, name: key.name }, 'editor', saved.json.id, own.ids.project, 2, null],
  );
});

test('what an owner or admin saves is approved by that, on the record; then an editor may send there too', async () => {
  for (const by of [admin, own.organization.owner]) {
    const key = await aKey();
    const saved = await saves(by, textFor(key.name));
    assert.deepEqual([saved.status, saved.json.unapproved], [201, []], saved.text);
    assert.deepEqual((await saves(editor, textFor(key.name))).json.unapproved, []);
    assert.deepEqual(await recorded(key.id), [`destination.approve ${ACME} by ${by === admin ? 'admin' : 'owner'}`]);
  }
});

test('another host waits again; so does another secret for the same host, and a secret of the same name that is new', async () => {
  const [first, second] = [await aKey(), await aKey()];
  const saved = await saves(admin, textFor(first.name));
  const elsewhere = await saves(editor, textFor(first.name, 'evil'), saved.json);
  assert.deepEqual(elsewhere.json.unapproved, [{ secretName: first.name, destination: EVIL, state: 'requested', reason: '' }]);
  const exchanged = await saves(editor, textFor(second.name), elsewhere.json);
  assert.deepEqual(exchanged.json.unapproved, [{ secretName: second.name, destination: ACME, state: 'requested', reason: '' }]);
  assert.equal((await call('DELETE', `/secrets/${first.name}?confirm=${first.name}`, admin)).status, 204);
  assert.deepEqual(await statesOf(first), []);
  const envelope = anEnvelope(own.organization.keyId);
  assert.equal((await call('PUT', `/secrets/${first.name}`, admin, { envelope })).status, 201);
  assert.equal((await saves(editor, textFor(first.name))).json.unapproved[0].state, 'requested');
});

test('two secrets in one text are asked for each', async () => {
  const [account, key] = [await aKey(), await aKey()];
  const text = `AccountName=acme;AccountKey=\${secret.${key.name}};BlobEndpoint=https://host.example/\${secret.${account.name}}`;
  const { json } = await saves(editor, text);
  assert.deepEqual(
    json.unapproved.map((each: { secretName: string; destination: string }) => `${each.secretName} ${each.destination}`),
    [account.name, key.name].sort().map((name) => `${name} https://host.example:443`),
  );
});

test('an approval and its revocation are seen at once, survive a new name of the component, and are recorded once', async () => {
  const key = await aKey();
  const saved = await saves(editor, textFor(key.name));
  const path = `/projects/${own.ids.project}/components/${saved.json.id}`;
  const unapproved = async () => (await call('GET', path, editor)).json.unapproved;
  for (const _ of [1, 2]) assert.equal((await decides(admin, 'approve', key.id)).status, 204);
  assert.deepEqual(await unapproved(), []);
  for (const _ of [1, 2]) assert.equal((await decides(admin, 'revoke', key.id, ACME, 'The account was closed.')).status, 204);
  assert.deepEqual(await unapproved(), [{ secretName: key.name, destination: ACME, state: 'revoked', reason: 'The account was closed.' }]);
  assert.deepEqual(await recorded(key.id), [
    `destination.request ${ACME} by editor`,
    `destination.approve ${ACME} by admin`,
    `destination.revoke ${ACME} by admin`,
  ]);
});

test('what was refused stays refused when an editor, or an admin, saves again; a decision changes it', async () => {
  const key = await aKey();
  const saved = await saves(editor, textFor(key.name));
  assert.equal((await decides(admin, 'refuse', key.id, ACME, 'Not ours.')).status, 204);
  let { revision } = saved.json;
  for (const by of [editor, admin]) {
    const again = await saves(by, textFor(key.name), { id: saved.json.id, revision });
    assert.deepEqual(again.json.unapproved, [{ secretName: key.name, destination: ACME, state: 'refused', reason: 'Not ours.' }]);
    revision = again.json.revision;
  }
  assert.deepEqual(await recorded(key.id), [`destination.request ${ACME} by editor`, `destination.refuse ${ACME} by admin`]);
  await decides(admin, 'approve', key.id);
  assert.deepEqual(await statesOf(key), [`approved ${ACME}`]);
});

test('a revocation of what nobody has approved does nothing', async () => {
  const key = await aKey();
  assert.equal((await decides(admin, 'revoke', key.id)).status, 204);
  assert.deepEqual([await statesOf(key), await recorded(key.id)], [[], []]);
});

test('destinations are spelled in one way, and what is none is refused by field', async () => {
  const key = await aKey();
  for (const spelled of [
    'https://ACME.blob.core.windows.net',
    'https://acme.blob.core.windows.net:443/container?x',
    ' https://acme.blob.core.windows.net/ ',
  ]) {
    assert.equal((await decides(admin, 'approve', key.id, spelled)).status, 204, spelled);
  }
  await decides(admin, 'approve', key.id, 'https://bücher.example');
  assert.deepEqual((await statesOf(key)).sort(), [`approved ${ACME}`, 'approved https://xn--bcher-kva.example:443']);
  for (const wrong of ['acme', 'https://', 'gopher://acme', 'https://a,b', 'https://acme:99999']) {
    const refused = await decides(admin, 'approve', key.id, wrong);
    assert.deepEqual([refused.status, refused.json.field], [400, 'items.0.destination'], wrong);
  }
});

test('a secret’s own destinations narrow: outside of them nothing is saved or approved, inside nobody is asked', async () => {
  const key = await aKey({ destinations: [ACME] });
  assert.deepEqual((await saves(editor, textFor(key.name))).json.unapproved, []);
  for (const by of [editor, admin]) {
    const refused = await saves(by, textFor(key.name, 'evil'));
    assert.deepEqual([refused.json.code, refused.json.field], ['destination_refused', 'configuration'], refused.text);
    assert.match(refused.json.remedy, /have an admin add https:\/\/evil/);
  }
  const refused = await decides(admin, 'approve', key.id, EVIL);
  assert.equal(refused.json.code, 'destination_refused', refused.text);
  assert.deepEqual(await recorded(key.id), []);
});

test('one of a secret’s own destinations is neither refused nor revoked: the remedy takes it off them', async () => {
  const both = await aKey();
  await saves(admin, textFor(both.name));
  assert.equal((await call('PATCH', `/secrets/${both.name}`, admin, { destinations: [ACME, EVIL] })).status, 200);
  const waiting = await aKey();
  await saves(editor, textFor(waiting.name));
  assert.equal((await call('PATCH', `/secrets/${waiting.name}`, admin, { destinations: [ACME] })).status, 200);
  const remedies = { [both.name]: `--destination ${EVIL}.`, [waiting.name]: '--destination none.' };
  const before = [await statesOf(both), await statesOf(waiting), await recorded(both.id), await recorded(waiting.id)];
  for (const decision of ['refuse', 'revoke']) {
    for (const key of [both, waiting]) {
      const { status, json, text } = await decides(admin, decision, key.id, 'https://ACME.blob.core.windows.net');
      assert.deepEqual([status, json.code], [409, 'destination_of_secret'], text);
      assert.ok(json.detail.includes(`“${key.name}”`) && json.detail.includes(ACME), json.detail);
      assert.ok(json.remedy.includes(`holdfast secret edit ${key.name} ${remedies[key.name]}`), json.remedy);
    }
  }
  assert.deepEqual([await statesOf(both), await statesOf(waiting), await recorded(both.id), await recorded(waiting.id)], before);
  const own = async ({ name }: { name: string }) =>
    (await call('GET', `/destinations?secret=${name}`, admin)).json.items[0].ownDestinations;
  assert.equal(await own(both), 'hold-it');
  assert.equal((await call('PATCH', `/secrets/${both.name}`, admin, { destinations: [EVIL] })).status, 200);
  assert.equal(await own(both), 'lack-it');
  assert.equal((await decides(admin, 'revoke', both.id)).status, 204, 'off its own, it is revoked');
  assert.equal((await call('PATCH', `/secrets/${both.name}`, admin, { destinations: [] })).status, 200);
  assert.equal(await own(both), null);
  assert.deepEqual(await statesOf(both), [`revoked ${ACME}`]);
});

test('a component’s own value is approved by who types it, whatever their role; a host that is changed later waits', async () => {
  const own1 = anEnvelope(own.organization.keyId);
  const saved = await saves(editor, '', undefined, { connectionString: own1 });
  assert.deepEqual([saved.status, saved.json.destinations, saved.json.unapproved], [201, [], []], saved.text);
});

test('all of several decisions are made, or none; each secret must be the organization’s own', async () => {
  const key = await aKey();
  const foreign = await instance.call('GET', '/api/organizations/other/secrets/AZURE_STORAGE', { token: other.organization.owner.token });
  const items = [
    { secretId: key.id, destination: ACME },
    { secretId: foreign.json.id, destination: ACME },
  ];
  const mixed = await call('POST', '/destinations', admin, { decision: 'approve', items });
  const missing = await call('POST', '/destinations', admin, { decision: 'approve', items: [{ secretId: uuidv7(), destination: ACME }] });
  const plain = ({ text }: Reply) => text.replace(/"requestId":"[^"]*"/, '');
  assert.deepEqual([mixed.status, plain(mixed)], [404, plain(missing)]);
  assert.deepEqual([await statesOf(key), await recorded(key.id)], [[], []]);
  const many = [await aKey(), await aKey(), await aKey()];
  const both = many.flatMap(({ id }) => [
    { secretId: id, destination: ACME },
    { secretId: id, destination: EVIL },
  ]);
  assert.equal((await call('POST', '/destinations', admin, { decision: 'approve', items: both })).status, 204);
  for (const each of many) assert.deepEqual((await statesOf(each)).sort(), [`approved ${ACME}`, `approved ${EVIL}`]);
});

test('editors and viewers see no destinations and decide nothing', async () => {
  const key = await aKey();
  const viewer = await instance.addMember(own.organization, 'viewer');
  for (const by of [editor, viewer]) {
    assert.equal((await call('GET', '/destinations', by)).status, 403);
    assert.equal((await decides(by, 'approve', key.id)).status, 403);
    assert.equal((await call('PUT', '/destinations/mode', by, { mode: 'observe' })).status, 403);
    assert.equal((await call('GET', '/overview', by)).json.destinations, null);
  }
  assert.deepEqual(await statesOf(key), []);
});

test('the mode is enforce until somebody changes it, on the record; the list says what enforce refuses', async () => {
  const place = await instance.addOrganization('modes');
  const by = (method: string, path: string, body?: unknown) =>
    instance.call(method, `/api/organizations/modes${path}`, { token: place.owner.token, body });
  assert.equal((await by('GET', '/destinations')).json.mode, 'enforce');
  for (const mode of ['enforce', 'observe', 'observe', 'enforce']) {
    assert.equal((await by('PUT', '/destinations/mode', { mode })).status, 204);
    assert.equal((await by('GET', '/destinations')).json.mode, mode);
  }
  const rows = await instance.db
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', place.id)
    .where(auditFact('action'), '=', 'organization.set-destination-mode')
    .orderBy('sequence')
    .execute();
  assert.deepEqual(
    rows.map(({ body }) => JSON.parse(body).detail.mode),
    ['observe', 'enforce'],
  );
  const { counts } = (await call('GET', '/destinations', admin)).json;
  assert.ok(counts.requested > 0 && counts.refusedByEnforce >= counts.requested, JSON.stringify(counts));
});

test('the list is read page by page, newest request first, each once', async () => {
  const key = await aKey();
  const hosts = Array.from({ length: 25 }, (_, number) => `https://host-${number}.example:443`);
  const items = hosts.map((destination) => ({ secretId: key.id, destination }));
  assert.equal((await call('POST', '/destinations', admin, { decision: 'approve', items })).status, 204);
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const { json } = await call('GET', `/destinations?secret=${key.name}&limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`, admin);
    seen.push(...json.items.map(({ destination }: { destination: string }) => destination));
    if (json.nextCursor === null) break;
    cursor = encodeURIComponent(json.nextCursor);
  }
  assert.deepEqual(seen.toSorted(), hosts.toSorted());
});

test('what was asked for in one millisecond is in order of its time, and on one page', async () => {
  const key = await aKey();
  const hosts = [1, 2, 3, 4, 5].map((number) => `https://host-${number}.example:443`);
  const items = hosts.map((destination) => ({ secretId: key.id, destination }));
  assert.equal((await call('POST', '/destinations', admin, { decision: 'approve', items })).status, 204);
  for (const [number, destination] of hosts.entries()) {
    const askedAt = sql<Date>`${`2020-01-01 00:00:00.00000${number}+00`}::timestamptz`;
    const row = instance.db.updateTable('secret_destination').set({ asked_at: askedAt }).where('secret_id', '=', key.id);
    await row.where('destination', '=', destination).execute();
  }
  for (const limit of [1, 2]) {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { json }: Reply = await call('GET', `/destinations?secret=${key.name}&limit=${limit}&cursor=${cursor}`, admin);
      seen.push(...json.items.map(({ destination }: { destination: string }) => destination));
      cursor = json.nextCursor;
    }
    assert.deepEqual(seen, hosts.toReversed(), `pages of ${limit}`);
  }
});

test('a save and a decision at once leave what was decided', async () => {
  for (let round = 0; round < 5; round++) {
    const key = await aKey();
    const saved = await saves(editor, textFor(key.name));
    await Promise.all([
      saves(editor, textFor(key.name), saved.json),
      decides(admin, 'refuse', key.id),
      saves(editor, textFor(key.name)),
      saves(editor, textFor(key.name)),
    ]);
    assert.deepEqual(await statesOf(key), [`refused ${ACME}`]);
  }
});

test('a save by an admin and a refusal at once leave on the record, in the end, what the list shows', async () => {
  for (let round = 0; round < 8; round++) {
    const key = await aKey();
    const saved = await saves(editor, textFor(key.name));
    await Promise.all([
      saves(admin, textFor(key.name), saved.json),
      decides(own.organization.owner, 'refuse', key.id),
      saves(admin, textFor(key.name)),
      saves(editor, textFor(key.name)),
    ]);
    const decisions = (await recorded(key.id)).filter((each) => !each.startsWith('destination.request'));
    assert.deepEqual(await statesOf(key), [`refused ${ACME}`]);
    assert.match(decisions.at(-1) ?? '', /^destination\.refuse/);
    assert.equal((await recorded(key.id)).filter((each) => each.startsWith('destination.request')).length, 1);
  }
});

test('where mail is set up, owners and admins are mailed of a request, and of no more while it waits', async () => {
  await instance.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  const mails = async () => {
    const rows = await instance.db.selectFrom('account_mail').selectAll().where('kind', '=', 'destination-requested').execute();
    return rows.map(({ recipient, detail }) => [recipient, detail.secret, detail.destination, detail.by, detail.slug]);
  };
  await sql`update secret_destination set state = 'refused' where state = 'requested'`.execute(instance.db);
  const key = await aKey();
  await saves(admin, textFor((await aKey()).name));
  assert.deepEqual(await mails(), []);
  await saves(editor, textFor(key.name));
  const expected = [own.organization.owner.email, admin.email].map((recipient) => [recipient, key.name, ACME, 'editor', 'own']);
  assert.deepEqual((await mails()).sort(), expected.sort());
  await saves(editor, textFor(key.name, 'evil'));
  await saves(editor, textFor((await aKey()).name));
  assert.equal((await mails()).length, 2);
});

test('who asks for destinations and withdraws them by turns mails six times an hour, and silences no mail of another', async () => {
  await sql`insert into mail_sender (sender) values ('holdfast@example.com') on conflict do nothing`.execute(instance.db);
  await instance.db.updateTable('instance').set({ console_url: 'https://holdfast.example' }).execute();
  await sql`update secret_destination set state = 'refused' where state = 'requested'`.execute(instance.db);
  await instance.db.deleteFrom('account_mail').execute();
  const mails = async () => {
    const rows = await instance.db.selectFrom('account_mail').selectAll().where('kind', '=', 'destination-requested').execute();
    return [own.organization.owner.email, admin.email].map((email) => {
      const some = rows.filter(({ recipient }) => recipient === email);
      const delayed = some.filter(({ due_at }) => due_at.getTime() > Date.now());
      return { sent: some.length - delayed.length, delayed: delayed.map(({ detail }) => detail.others) };
    });
  };
  const configurationOf = (host: string) => ({ baseUrl: `https://${host}/v1`, model: 'm' });
  const made = await call('POST', `/projects/${own.ids.project}/components`, editor, {
    name: 'By turns',
    type: 'openai-model',
    configuration: configurationOf('a.example'),
    sealedOptions: { apiKey: anEnvelope(own.organization.keyId) },
  });
  assert.equal(made.status, 201, made.text);
  let { revision } = made.json;
  const turns = async (host: string, sealedOptions: object) => {
    const body = { name: 'By turns', configuration: configurationOf(host), sealedOptions, revision };
    const saved = await call('PUT', `/projects/${own.ids.project}/components/${made.json.id}`, editor, body);
    assert.equal(saved.status, 200, saved.text);
    ({ revision } = saved.json);
    return saved.json.unapproved.length;
  };
  for (let round = 0; round < 9; round += 1) {
    assert.equal(await turns(`b${round}.example`, {}), 1, 'another host waits');
    assert.equal(await turns(`b${round}.example`, { apiKey: anEnvelope(own.organization.keyId) }), 0, 'and is withdrawn');
  }
  assert.deepEqual(await mails(), [
    { sent: 6, delayed: ['2'] },
    { sent: 6, delayed: ['2'] },
  ]);
  // The one that matters: the mail that is due within the hour stands for it, also when it is withdrawn.
  await turns('evil.example', {});
  await turns('evil.example', { apiKey: anEnvelope(own.organization.keyId) });
  assert.deepEqual(await mails(), [
    { sent: 6, delayed: ['3'] },
    { sent: 6, delayed: ['3'] },
  ]);
  await instance.db.updateTable('account_mail').set({ due_at: sql`due_at - interval '61 minutes'` }).execute();
  await turns('later.example', {});
  assert.deepEqual(await mails(), [
    { sent: 8, delayed: [] },
    { sent: 8, delayed: [] },
  ]);
});
