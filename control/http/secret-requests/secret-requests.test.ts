import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '@holdfast/audit';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';
import { recordedEvents } from '../../testing/recorded.ts';

let instance: TestInstance;
let own: Fixtures;
let admin: TestMember;
let editor: TestMember;
let colleague: TestMember;
let names = 0;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  admin = await instance.addMember(own.organization, 'admin');
  editor = await instance.addMember(own.organization, 'editor');
  colleague = await instance.addMember(own.organization, 'editor');
});
after(() => instance[Symbol.asyncDispose]());

async function call(method: string, path: string, by: TestMember, body?: unknown): Promise<Reply> {
  return instance.call(method, `/api/organizations/own${path}`, { token: by.token, body });
}
const aName = () => `WANTED_${++names}`;
const asks = (by: TestMember, name: string, more: object = {}) =>
  call('POST', `/projects/${own.ids.project}/secret-requests`, by, {
    name,
    componentType: 'azure-blob-publisher',
    option: 'connectionString',
    note: 'The SAS of the archive, write only.',
    ...more,
  });
const decides = (by: TestMember, id: string, body: object) => call('POST', `/secret-requests/${id}`, by, body);
const adds = (name: string, more: object = {}) =>
  call('PUT', `/secrets/${name}`, admin, { envelope: anEnvelope(own.organization.keyId), ...more });
const listed = async (by: TestMember, query = '') => (await call('GET', `/secret-requests${query}`, by)).json;

async function recorded(id: string): Promise<AuditEvent[]> {
  return (await recordedEvents(instance, own.organization.id)).filter(
    ({ target }) => target?.kind === 'secret-request' && target.id === id,
  );
}

test('an editor asks for a secret, and owners and admins see for what; other editors do not see it', async () => {
  const name = aName();
  const asked = await asks(editor, name, { componentId: own.ids.component });
  assert.equal(asked.status, 201, asked.text);
  const { json } = await call('GET', `/secret-requests?state=waiting&project=${own.ids.project}`, admin);
  const item = json.items.find((each: { id: string }) => each.id === asked.json.id);
  assert.deepEqual(
    [item.name, item.component.id, item.componentType, item.option, item.note, item.askedBy.name, item.secret, item.own],
    [
      name,
      own.ids.component,
      'azure-blob-publisher',
      'connectionString',
      'The SAS of the archive, write only.',
      'editor',
      'missing',
      false,
    ],
  );
  assert.equal((await listed(editor)).items[0].own, true);
  assert.deepEqual((await listed(colleague)).items, []);
  const overview = await call('GET', '/overview', admin);
  assert.equal(overview.json.secretRequests.waiting, json.waiting);
  assert.equal((await call('GET', '/overview', editor)).json.secretRequests, null);
});

test('a request is on the record with who, what and for which option, and without its note', async () => {
  const { json } = await asks(editor, aName(), { note: 'Only for you to read.' });
  const [event, ...more] = await recorded(json.id);
  assert.deepEqual([event?.action, event?.actor.name, event?.target?.name, more.length], ['secret-request.create', 'editor', json.name, 0]);
  assert.deepEqual(event?.detail, { type: 'azure-blob-publisher', option: 'connectionString' });
  assert.ok(!JSON.stringify(event).includes('Only for you'));
});

test('it is fulfilled by a secret that the project may use, once there is one; who asked then sees its name', async () => {
  const name = aName();
  const { json } = await asks(editor, name);
  const tooEarly = await decides(admin, json.id, { decision: 'fulfil' });
  assert.deepEqual([tooEarly.status, tooEarly.json.code], [404, 'not_found']);
  assert.equal((await adds(name)).status, 201);
  for (const _ of [1, 2]) assert.equal((await decides(admin, json.id, { decision: 'fulfil' })).status, 204);
  const item = (await listed(editor)).items.find((each: { id: string }) => each.id === json.id);
  assert.deepEqual([item.state, item.secretName, item.secret, item.decidedBy.name], ['fulfilled', name, 'usable', 'admin']);
  assert.deepEqual(
    (await recorded(json.id)).map(({ action }) => action),
    ['secret-request.create', 'secret-request.fulfil'],
  );
  const late = await decides(admin, json.id, { decision: 'decline', reason: 'Too late.' });
  assert.deepEqual([late.status, late.json.code], [412, 'precondition_failed']);
});

test('a secret of another name may fulfil it, and one that the project may not use cannot; only admins hear of that one', async () => {
  const [name, other] = [aName(), aName()];
  const { json } = await asks(editor, name);
  const elsewhere = (await call('POST', '/projects', admin, { name: `Elsewhere ${names}` })).json;
  assert.equal((await adds(name, { scope: { kind: 'projects', projectIds: [elsewhere.id] } })).status, 201);
  const refused = await decides(admin, json.id, { decision: 'fulfil' });
  assert.deepEqual([refused.json.code, refused.json.field], ['secret_out_of_scope', 'secretName']);
  const seen = async (by: TestMember) => (await listed(by)).items.find((each: { id: string }) => each.id === json.id).secret;
  assert.deepEqual([await seen(admin), await seen(editor)], ['out-of-scope', 'missing']);
  assert.equal((await adds(other)).status, 201);
  assert.equal((await decides(admin, json.id, { decision: 'fulfil', secretName: other })).status, 204);
  assert.equal((await listed(editor)).items.find((each: { id: string }) => each.id === json.id).secretName, other);
});

test('it is declined with a reason that who asked reads, or withdrawn by who asked', async () => {
  const [declined, withdrawn] = [(await asks(editor, aName())).json, (await asks(editor, aName())).json];
  assert.equal((await decides(admin, declined.id, { decision: 'decline', reason: 'Use ARCHIVE_SAS.' })).status, 204);
  assert.equal((await call('DELETE', `/secret-requests/${withdrawn.id}`, colleague)).status, 404);
  for (const _ of [1, 2]) assert.equal((await call('DELETE', `/secret-requests/${withdrawn.id}`, editor)).status, 204);
  const { items } = await listed(editor);
  const stateOf = ({ id }: { id: string }) => items.find((each: { id: string }) => each.id === id);
  assert.deepEqual([stateOf(declined).state, stateOf(declined).reason], ['declined', 'Use ARCHIVE_SAS.']);
  assert.equal(stateOf(withdrawn).state, 'withdrawn');
  assert.equal((await call('DELETE', `/secret-requests/${declined.id}`, editor)).status, 412);
  assert.deepEqual(
    (await recorded(withdrawn.id)).map(({ action }) => action),
    ['secret-request.create', 'secret-request.withdraw'],
  );
});

test('editors decide nothing', async () => {
  const { json } = await asks(editor, aName());
  assert.equal((await decides(editor, json.id, { decision: 'decline' })).status, 403);
});

test('what looks like a credential is taken neither as a note nor as a reason', async () => {
  const password = `correct-horse-${uuidv7()}`;
  const note = `Please store https://ada:${password}@files.example.com`;
  const refused = await asks(editor, aName(), { note });
  assert.deepEqual([refused.status, refused.json.errors?.[0]?.field], [400, 'note'], refused.text);
  assert.ok(!refused.text.includes(password));
  const { json } = await asks(editor, aName());
  assert.equal((await decides(admin, json.id, { decision: 'decline', reason: note })).status, 400);
  const { rows } = await instance.db
    .selectFrom('secret_request')
    .select(['note', 'reason'])
    .execute()
    .then((found) => ({ rows: found }));
  assert.ok(!JSON.stringify(rows).includes(password));
});

test('the same name is asked for once in a project, and not at all when there is such a secret', async () => {
  const name = aName();
  assert.equal((await asks(editor, name)).status, 201);
  const again = await asks(colleague, name.toLowerCase());
  assert.deepEqual([again.status, again.json.code, again.json.field], [409, 'name_taken', 'name']);
  const there = aName();
  assert.equal((await adds(there)).status, 201);
  assert.equal((await asks(editor, there)).json.code, 'name_taken');
});

test('it names an option that such a component has', async () => {
  for (const more of [{ option: 'container' }, { option: 'nothing' }, { componentType: 'nothing' }]) {
    assert.equal((await asks(editor, aName(), more)).status, 400);
  }
  assert.equal((await asks(editor, aName(), { componentId: uuidv7() })).status, 404);
});

test('50 requests of one person may wait, and no more', async () => {
  const asker = await instance.addMember(own.organization, 'editor');
  for (let made = 0; made < 50; made += 1) assert.equal((await asks(asker, aName())).status, 201);
  const refused = await asks(asker, aName());
  assert.equal(refused.json.code, 'quota_exceeded');
  const page = await listed(asker, '?limit=30');
  const rest = await listed(asker, `?limit=30&cursor=${encodeURIComponent(page.nextCursor)}`);
  const ids = new Set([...page.items, ...rest.items].map(({ id }: { id: string }) => id));
  assert.deepEqual([page.waiting, ids.size, rest.nextCursor], [50, 50, null]);
});

test('who asks and withdraws by turns mails owners and admins six times an hour at most', async () => {
  await instance.db
    .insertInto('mail_sender')
    .values({ sender: 'holdfast@example.com' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await instance.db.updateTable('instance').set({ console_url: 'https://holdfast.example' }).execute();
  await instance.db.deleteFrom('account_mail').execute();
  await instance.db.updateTable('secret_request').set({ state: 'withdrawn' }).where('state', '=', 'waiting').execute();
  for (let round = 0; round < 9; round += 1) {
    const asked = await asks(editor, aName());
    assert.equal(asked.status, 201, asked.text);
    assert.equal((await call('DELETE', `/secret-requests/${asked.json.id}`, editor)).status, 204);
  }
  const mails = await instance.db.selectFrom('account_mail').select(['recipient', 'kind', 'due_at', 'detail']).execute();
  const each = Map.groupBy(mails, ({ recipient }) => recipient);
  assert.ok(each.size >= 2, 'an owner and an admin');
  for (const [recipient, some] of each) {
    const [delayed, ...more] = some.filter(({ due_at }) => due_at.getTime() > Date.now());
    assert.deepEqual([some.length, more.length], [7, 0], recipient);
    assert.equal(delayed?.detail.others, '2', 'the seventh is delayed, and stands for two more');
  }
  // What was not mailed does not keep others from it: they are, once an hour has gone by.
  assert.equal((await asks(editor, aName())).status, 201);
  await instance.db.updateTable('account_mail').set({ due_at: sql`due_at - interval '61 minutes'` }).execute();
  assert.equal((await asks(editor, aName())).status, 201);
  assert.equal((await asks(editor, aName())).status, 201);
  const after = await instance.db.selectFrom('account_mail').select('recipient').execute();
  assert.equal(after.length, mails.length + each.size, 'one more for each, while it waits');
});

test('who has become a viewer meanwhile is not mailed the name of the secret that fulfils the request', async () => {
  const former = await instance.addMember(own.organization, 'editor');
  const [kept, lost] = [await asks(colleague, aName()), await asks(former, aName())];
  await instance.db.updateTable('auth.member').set({ role: 'viewer' }).where('userId', '=', former.userId).execute();
  await instance.db.deleteFrom('account_mail').execute();
  for (const { json } of [kept, lost]) {
    assert.equal((await decides(admin, json.id, { decision: 'decline', reason: 'There is one.' })).status, 204);
  }
  const mails = await instance.db.selectFrom('account_mail').select('recipient').execute();
  assert.equal(mails.length, 1, 'the one who is still an editor');
});
