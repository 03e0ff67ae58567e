// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after as afterAll, before as beforeAll, test } from 'node:test';
import { may, ROLES } from '@holdfast/api';
import { createStatements } from '@holdfast/audit';
import { sql } from 'kysely';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';
import { recordedEvents } from '../../testing/recorded.ts';

const ACME = placeOf('acme');
const EVIL = placeOf('evil');

let instance: TestInstance;
let own: Fixtures;
let admin: TestMember;
let owner: TestMember;
let editor: TestMember;
let names = 0;
beforeAll(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  owner = own.organization.owner;
  admin = await instance.addMember(own.organization, 'admin');
  editor = await instance.addMember(own.organization, 'editor');
});
afterAll(() => instance[Symbol.asyncDispose]());

interface Key {
  readonly name: string;
  readonly id: string;
}

function placeOf(account: string): string {
  return `https://${account}.blob.core.windows.net:443`;
}

const call = (method: string, path: string, by: TestMember, body?: unknown): Promise<Reply> =>
  instance.call(method, `/api/organizations/own${path}`, { token: by.token, body });

/** Secrets that name no host. */
async function keys(...metadata: object[]): Promise<Key[]> {
  const made: Key[] = [];
  for (const each of metadata) {
    const name = `KEY_${++names}`;
    const envelope = anEnvelope(own.organization.keyId);
    const reply = await call('PUT', `/secrets/${name}`, admin, { envelope, ...each });
    assert.equal(reply.status, 201, reply.text);
    made.push({ name, id: envelope.secretId });
  }
  return made;
}

async function twoKeys(first = {}, second = {}): Promise<[Key, Key]> {
  const [from, to] = await keys(first, second);
  return [from ?? assert.fail(), to ?? assert.fail()];
}

/** A component that sends the secret, and each of `beside`, to an account. */
async function saves(by: TestMember, { name }: Key, account = 'acme', beside: readonly Key[] = []): Promise<Reply> {
  const others = beside.map((other) => `;X=\${secret.${other.name}}`).join('');
  const connectionString = `AccountName=${account};AccountKey=\${secret.${name}};EndpointSuffix=core.windows.net${others}`;
  const body = { name: `Publisher ${++names}`, type: 'azure-blob-publisher', configuration: { container: 'docs', connectionString } };
  const reply = await call('POST', `/projects/${own.ids.project}/components`, by, body);
  assert.equal(reply.status, 201, reply.text);
  return reply;
}

async function decides(decision: string, { id }: Key, destination: string, reason = ''): Promise<void> {
  const reply = await call('POST', '/destinations', admin, { decision, items: [{ secretId: id, destination }], reason });
  assert.equal(reply.status, 204, reply.text);
}

const narrows = async ({ name }: Key, destinations: string[]) =>
  assert.equal((await call('PATCH', `/secrets/${name}`, admin, { destinations })).status, 200);

const replaces = (from: Key, to: Key, by = admin) => call('DELETE', `/secrets/${from.name}?replaceWith=${to.name}`, by);

async function statesOf({ name }: Key): Promise<string[]> {
  const reply = await call('GET', `/destinations?secret=${name}`, admin);
  return reply.json.items.map((item: { destination: string; state: string }) => `${item.state} ${item.destination}`).sort();
}

async function recorded({ id }: Key): Promise<string[]> {
  return (await recordedEvents(instance, own.organization.id))
    .filter(({ action, target }) => action.startsWith('destination.') && target?.id === id)
    .map(({ action, actor, detail }) => `${action} ${detail?.destination} by ${actor.name} for ${detail?.inPlaceOf}`);
}

/** What the data plane folds of the record: where a secret is approved for. */
async function folded({ id }: Key): Promise<readonly string[] | undefined> {
  const rows = await instance.db
    .selectFrom('audit_event')
    .selectAll()
    .where('organization_id', '=', own.organization.id)
    .orderBy('sequence')
    .execute();
  const statements = createStatements();
  for (const row of rows) statements.apply({ sequence: Number(row.sequence), recordedBy: row.recorded_by, body: row.body } as never);
  return statements.secrets.get(id)?.approved;
}

test('a secret that takes the place of another one is approved for where that one was approved for', async () => {
  for (const by of [admin, owner]) {
    const [first, second] = await twoKeys();
    await saves(admin, first);
    assert.equal((await replaces(first, second, by)).status, 204);
    assert.deepEqual(await statesOf(second), [`approved ${ACME}`]);
    assert.deepEqual(await recorded(second), [`destination.approve ${ACME} by ${by === owner ? 'owner' : 'admin'} for ${first.name}`]);
    assert.deepEqual(await folded(second), [ACME]);
  }
});

test('what waits for it in other components goes on waiting', async () => {
  const [first, second] = await twoKeys();
  await saves(editor, second, 'evil');
  await saves(admin, first);
  assert.equal((await replaces(first, second)).status, 204);
  assert.deepEqual(await statesOf(second), [`approved ${ACME}`, `requested ${EVIL}`]);
  assert.deepEqual(await folded(second), [ACME]);
});

for (const decision of ['nothing', 'refuse', 'revoke']) {
  test(`where the other one was not approved for, by ${decision}, waits for an owner or admin, and is asked for once`, async () => {
    const [first, second] = await twoKeys();
    await saves(editor, first, 'evil');
    if (decision === 'revoke') await decides('approve', first, EVIL);
    if (decision !== 'nothing') await decides(decision, first, EVIL);
    const again = await saves(editor, first, 'evil');
    assert.equal(again.json.unapproved.length, 1);
    assert.equal((await replaces(first, second)).status, 204);
    assert.deepEqual(await statesOf(second), [`requested ${EVIL}`]);
    assert.deepEqual(await recorded(second), [`destination.request ${EVIL} by admin for ${first.name}`]);
    assert.deepEqual(await folded(second), []);
    const { json } = await call('GET', `/projects/${own.ids.project}/components/${again.json.id}`, editor);
    assert.deepEqual(json.unapproved, [{ secretName: second.name, destination: EVIL, state: 'requested', reason: '' }]);
  });
}

test('the own destinations of the other one count as approved, and what lay outside of them waits', async () => {
  const [first, second] = await twoKeys({ destinations: [ACME, EVIL] });
  await saves(editor, first);
  await saves(editor, first, 'evil');
  await narrows(first, [ACME]);
  assert.equal((await replaces(first, second)).status, 204);
  assert.deepEqual(await statesOf(second), [`approved ${ACME}`, `requested ${EVIL}`]);
  assert.deepEqual(await folded(second), [ACME]);
});

test('own destinations that were taken away again approve nothing', async () => {
  const [first, second] = await twoKeys({ destinations: [ACME] });
  await saves(editor, first);
  await narrows(first, []);
  assert.equal((await replaces(first, second)).status, 204);
  assert.deepEqual(await statesOf(second), [`requested ${ACME}`]);
});

test('what was decided for the secret itself stays; a request of its own is approved with the place it takes', async () => {
  for (const [decision, state] of [
    ['refuse', 'refused'],
    ['revoke', 'revoked'],
    ['nothing', 'approved'],
  ] as const) {
    const [first, second] = await twoKeys();
    await saves(editor, second);
    if (decision === 'revoke') await decides('approve', second, ACME);
    if (decision !== 'nothing') await decides(decision, second, ACME, 'Not for this one.');
    await saves(admin, first);
    assert.equal((await replaces(first, second)).status, 204);
    assert.deepEqual(await statesOf(second), [`${state} ${ACME}`], decision);
    assert.deepEqual(await folded(second), state === 'approved' ? [ACME] : [], decision);
  }
});

test('its own destinations allow what they hold without an approval, and refuse the rest, of the places that it takes alone', async () => {
  const [first, second] = await twoKeys({}, { destinations: [ACME] });
  await saves(admin, first);
  assert.equal((await replaces(first, second)).status, 204);
  assert.deepEqual([await statesOf(second), await recorded(second)], [[], []]);
  const [third, fourth] = await twoKeys({}, { destinations: [EVIL] });
  await saves(admin, third);
  const refused = await replaces(third, fourth);
  assert.deepEqual([refused.json.code, refused.json.field], ['destination_refused', 'replaceWith'], refused.text);
  assert.match(refused.json.detail, new RegExp(`“${fourth.name}” may not be sent to ${ACME}`));
  assert.deepEqual([await statesOf(third), await statesOf(fourth)], [[`approved ${ACME}`], []], 'nothing is changed');
});

test('a component that has nothing to do with it does not stop a replacement', async () => {
  const [first, second] = await twoKeys();
  await saves(admin, second, 'evil');
  await narrows(second, [ACME]);
  await saves(admin, first);
  assert.equal((await replaces(first, second)).status, 204);
});

test('a component that uses both goes on with one', async () => {
  const [first, second] = await twoKeys();
  await saves(admin, first);
  const both = await saves(editor, first, 'acme', [second]);
  assert.deepEqual(await statesOf(second), [`requested ${ACME}`]);
  assert.equal((await replaces(first, second)).status, 204);
  assert.deepEqual(await statesOf(second), [`approved ${ACME}`]);
  const { json } = await call('GET', `/projects/${own.ids.project}/components/${both.json.id}`, editor);
  assert.deepEqual(json.unapproved, []);
});

test('a replacement that is seen beforehand is the one that happens', async () => {
  const [first, second] = await twoKeys();
  const places: Record<string, [Parameters<typeof decidedAs>[2], Parameters<typeof decidedAs>[2], string]> = {
    placea: ['approved', 'unasked', 'approved'],
    placeb: ['approved', 'requested', 'approved'],
    placec: ['approved', 'approved', 'approved'],
    placed: ['approved', 'refused', 'refused'],
    placee: ['approved', 'revoked', 'revoked'],
    placef: ['requested', 'unasked', 'requested'],
    placeg: ['requested', 'approved', 'approved'],
    placeh: ['refused', 'requested', 'requested'],
    placei: ['revoked', 'refused', 'refused'],
  };
  for (const [account, [from, to]] of Object.entries(places)) {
    await saves(editor, first, account);
    await decidedAs(first, placeOf(account), from);
    if (to !== 'unasked') await saves(editor, second, account);
    await decidedAs(second, placeOf(account), to);
  }
  const path = `/secrets/${first.name}/replacement?replaceWith=${second.name}`;
  const seen = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { json, text }: Reply = await call(
      'GET',
      `${path}&limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      admin,
    );
    assert.equal(json.total, 9, text);
    seen.push(...json.items);
    cursor = json.nextCursor;
  }
  const expected = Object.entries(places).map(([account, [, before, after]]) => ({ destination: placeOf(account), before, after }));
  assert.deepEqual(seen, expected);
  assert.equal((await replaces(first, second)).status, 204);
  assert.deepEqual(await statesOf(second), expected.map(({ destination, after }) => `${after} ${destination}`).sort());
  const approved = expected.filter(({ after }) => after === 'approved').map(({ destination }) => destination);
  assert.deepEqual(await folded(second), approved);
});

async function decidedAs(
  key: Key,
  destination: string,
  state: 'unasked' | 'requested' | 'approved' | 'refused' | 'revoked',
): Promise<void> {
  if (state === 'approved' || state === 'revoked') await decides('approve', key, destination);
  if (state === 'revoked') await decides('revoke', key, destination);
  if (state === 'refused') await decides('refuse', key, destination);
}

test('what would stop a replacement is seen beforehand too', async () => {
  const [first, second] = await twoKeys({}, { destinations: [EVIL] });
  await saves(admin, first);
  const at = (name: string, other: string) => call('GET', `/secrets/${name}/replacement?replaceWith=${other}`, admin);
  const { json } = await at(first.name, second.name);
  assert.deepEqual(json.items, [{ destination: ACME, before: 'narrowed', after: 'narrowed' }]);
  assert.equal((await at(first.name, 'NONE_SUCH')).json.code, 'secret_missing');
  assert.equal((await at('NONE_SUCH', first.name)).status, 404);
  assert.equal((await at(first.name, first.name)).json.field, 'replaceWith');
  assert.equal((await call('GET', `/secrets/${first.name}/replacement?replaceWith=${second.name}`, editor)).status, 403);
});

test('who may delete a secret may approve destinations, since a replacement does', () => {
  for (const role of ROLES) if (may(role, 'secrets:delete')) assert.ok(may(role, 'destinations:write'), role);
});

test('a replacement and a refusal at once leave on the record, in the end, what the list shows', async () => {
  for (let round = 0; round < 8; round++) {
    const [first, second] = await twoKeys();
    await saves(admin, first);
    const items = [{ secretId: second.id, destination: ACME }];
    const [replaced, refused] = await Promise.all([
      replaces(first, second),
      call('POST', '/destinations', owner, { decision: 'refuse', items }),
    ]);
    assert.deepEqual([replaced.status, refused.status], [204, 204], replaced.text + refused.text);
    assert.deepEqual(await statesOf(second), [`refused ${ACME}`]);
    assert.deepEqual(await folded(second), []);
  }
});

test('where mail is set up, owners and admins are mailed of what waits since a replacement', async () => {
  await instance.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  const [first, second] = await twoKeys();
  const { json } = await saves(editor, first, 'evil');
  await decides('refuse', first, EVIL);
  await sql`update secret_destination set state = 'refused' where state = 'requested'`.execute(instance.db);
  await instance.db.deleteFrom('account_mail').execute();
  assert.equal((await replaces(first, second)).status, 204);
  const rows = await instance.db.selectFrom('account_mail').selectAll().where('kind', '=', 'destination-requested').execute();
  assert.deepEqual(
    rows
      .map(({ recipient, detail }) => [recipient, detail.secret, detail.destination, detail.by, detail.component, detail.occasion])
      .sort(),
    [owner.email, admin.email].sort().map((email) => [email, second.name, EVIL, 'admin', json.name, 'replaced']),
  );
});
