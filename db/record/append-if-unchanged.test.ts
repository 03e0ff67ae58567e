import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { canonicalBody } from '@holdfast/audit';
import { uuidv7 } from '@holdfast/envelope';
import { type Kysely, sql } from 'kysely';
import { BOUND_TO, ROW_READ_AS } from '../bound-components.ts';
import { connect, type Database } from '../index.ts';
import { type TestDatabase, testDatabase } from '../testing/index.ts';
import { appendIfUnchanged, ifUnchanged, type ReadBefore } from './append-if-unchanged.ts';

/** An intent is appended by the statement that looks at its component, when that is what it was read as. */

const ADA = { kind: 'member', id: null, name: 'Ada Lovelace' } as const;
const COMPONENT = ifUnchanged({ table: ['component', 'c'], boundTo: BOUND_TO, rowReadAs: ROW_READ_AS });
const SEALED = Buffer.alloc(1_000, 7);
let database: TestDatabase;
let data: Kysely<Database>;
let owner: Kysely<Database>;
let organization: string;
let projectId: string;
let keyId: string;

before(async () => {
  database = await testDatabase();
  data = connect(database.dataUrl, { name: 'test', maximumConnections: 4, plansOnce: true, findsByKey: true });
  owner = connect(database.ownerUrl, { name: 'test', maximumConnections: 2 });
});
after(async () => {
  await data.destroy();
  await owner.destroy();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  [organization, projectId, keyId] = [uuidv7(), uuidv7(), uuidv7()];
  await sql`
    with signing as (insert into signing_key (id, public_key, current) values (${uuidv7()}, ${Buffer.alloc(32)}, false) returning id)
    insert into organization_key (organization_id, id, generation, public_key, signature, signing_key_id, current)
    select ${organization}, ${keyId}, 1, ${Buffer.alloc(1_216)}, ${Buffer.alloc(64)}, id, true from signing`.execute(owner);
  await owner.insertInto('project').values({ organization_id: organization, id: projectId, name: 'Invoices', created_by: ADA }).execute();
});

const event = (name: string) => canonicalBody({ action: 'secret.use', actor: { ...ADA, name }, outcome: 'intent' });
const append = (events: readonly (readonly [name: string, condition: ReadBefore | undefined])[], secretIds: string[] = []) =>
  appendIfUnchanged(data, organization, {
    bodies: events.map(([name]) => event(name)),
    conditions: events.map(([, condition]) => condition),
    counted: { secretIds, stamp: false },
  });
const recorded = async () => {
  const rows = await owner
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', organization)
    .orderBy('sequence')
    .execute();
  return rows.map(({ body }) => JSON.parse(body).actor.name);
};

interface Bound {
  readonly read: ReadBefore;
  readonly secretIds: readonly string[];
  readonly versionIds: readonly string[];
}

async function readAs(componentId: string): Promise<ReadBefore> {
  const { rows } = await sql<{ read_as: string }>`
    select bit_xor(${sql.raw(ROW_READ_AS)})::text as read_as from component c ${sql.raw(BOUND_TO)}
    where c.organization_id = ${organization} and c.id = ${componentId}`.execute(data);
  return { ifUnchanged: COMPONENT, id: componentId, readAs: rows[0]?.read_as ?? '' };
}

async function boundComponent(secrets = 1): Promise<Bound> {
  const componentId = uuidv7();
  const common = { organization_id: organization, created_by: ADA };
  const component = { project_id: projectId, name: `Archive ${componentId}`, type: 'azure', configuration: '{}', updated_by: ADA };
  await owner
    .insertInto('component')
    .values({ ...common, id: componentId, ...component })
    .execute();
  const [secretIds, versionIds]: [string[], string[]] = [[], []];
  for (let number = 0; number < secrets; number += 1) {
    const [id, versionId] = [uuidv7(), uuidv7()];
    await owner
      .insertInto('secret')
      .values({ ...common, id, name: `S_${id.replaceAll('-', '')}` })
      .execute();
    await owner
      .insertInto('secret_version')
      .values({ ...common, secret_id: id, id: versionId, key_id: keyId, state: 'current' })
      .execute();
    await owner.insertInto('sealed_value').values({ organization_id: organization, version_id: versionId, sealed: SEALED }).execute();
    const binding = {
      organization_id: organization,
      id: uuidv7(),
      consumer_id: componentId,
      option: `o${number}`,
      secret_id: id,
      secret_name: 'S',
    };
    await owner.insertInto('binding').values(binding).execute();
    secretIds.push(id);
    versionIds.push(versionId);
  }
  return { read: await readAs(componentId), secretIds, versionIds };
}

test('events are appended, and the sealed bytes are answered, when the component is what it was read as', async () => {
  const { read, versionIds } = await boundComponent(2);
  const { appended, entryOf, sealed } = await append([
    ['one', read],
    ['two', read],
  ]);
  assert.deepEqual(await recorded(), ['one', 'two']);
  assert.deepEqual(
    entryOf.map((entry) => entry?.sequence),
    [1, 2],
  );
  assert.equal(appended?.entries.length, 2);
  assert.deepEqual(sealed.get(read), new Map(versionIds.map((id) => [id, SEALED])));
});

const CHANGES: [what: string, change: (bound: Bound) => Promise<unknown>][] = [
  ['it got another name', ({ read }) => owner.updateTable('component').set({ name: 'Renamed' }).where('id', '=', read.id).execute()],
  [
    'an option was changed',
    ({ read }) => owner.updateTable('component').set({ configuration: '{"a":1}' }).where('id', '=', read.id).execute(),
  ],
  ['it was saved again', ({ read }) => owner.updateTable('component').set({ revision: 2 }).where('id', '=', read.id).execute()],
  ['a binding was moved', ({ read }) => owner.updateTable('binding').set({ option: 'other' }).where('consumer_id', '=', read.id).execute()],
  ['a binding is gone', ({ read }) => owner.deleteFrom('binding').where('consumer_id', '=', read.id).execute()],
  [
    'the scope was narrowed',
    ({ secretIds }) => owner.updateTable('secret').set({ all_projects: false }).where('id', 'in', secretIds).execute(),
  ],
  [
    'a project was added to the scope',
    ({ secretIds }) =>
      owner
        .insertInto('secret_scope')
        .values(secretIds.map((secret_id) => ({ organization_id: organization, secret_id, project_id: projectId })))
        .execute(),
  ],
  [
    'an expiry was set',
    ({ secretIds }) => owner.updateTable('secret').set({ expires_at: new Date() }).where('id', 'in', secretIds).execute(),
  ],
  [
    'destinations were set',
    ({ secretIds }) =>
      owner
        .updateTable('secret')
        .set({ destinations: ['https://a:1'] })
        .where('id', 'in', secretIds)
        .execute(),
  ],
  [
    'a destination was decided on',
    ({ secretIds }) => owner.updateTable('secret').set({ destination_decisions: 3 }).where('id', 'in', secretIds).execute(),
  ],
  [
    'no version holds',
    ({ versionIds }) => owner.updateTable('secret_version').set({ state: 'superseded' }).where('id', 'in', versionIds).execute(),
  ],
  ['the sealed bytes are gone', ({ versionIds }) => owner.deleteFrom('sealed_value').where('version_id', 'in', versionIds).execute()],
  ['it is gone itself', ({ read }) => owner.deleteFrom('component').where('id', '=', read.id).execute()],
];
for (const [what, change] of CHANGES) {
  test(`nothing is appended that depends on a component when ${what}`, async () => {
    const bound = await boundComponent();
    await change(bound);
    const alone = await append([['alone', bound.read]]);
    assert.deepEqual([alone.appended, alone.entryOf, alone.sealed.size], [undefined, [undefined], 0]);
    const { entryOf, sealed } = await append([
      ['dependent', bound.read],
      ['other', undefined],
    ]);
    assert.deepEqual([entryOf.map((entry) => entry?.sequence), sealed.size], [[undefined, 1], 0]);
    assert.deepEqual(await recorded(), ['other']);
  });
}

test('of several components in one statement each decides about its own events, and uses are counted', async () => {
  const [same, changed, other] = [await boundComponent(), await boundComponent(), await boundComponent()];
  await owner.updateTable('component').set({ revision: 2 }).where('id', '=', changed.read.id).execute();
  const { entryOf, sealed } = await append(
    [
      ['1', same.read],
      ['2', changed.read],
      ['3', undefined],
      ['4', other.read],
      ['5', changed.read],
      ['6', same.read],
    ],
    [...same.secretIds, ...same.secretIds],
  );
  assert.deepEqual(await recorded(), ['1', '3', '4', '6']);
  assert.deepEqual(
    entryOf.map((entry) => entry?.sequence),
    [1, undefined, 2, 3, undefined, 4],
  );
  assert.deepEqual([...sealed.keys()].map(({ id }) => id).sort(), [same.read.id, other.read.id].sort());
  const uses = await owner.selectFrom('secret_use_day').select('uses').where('organization_id', '=', organization).execute();
  assert.deepEqual(uses, [{ uses: 2 }]);
});

test('a statement looks at consumers of one kind, and those of another count as changed', async () => {
  const [first, second] = [await boundComponent(), await boundComponent()];
  const other = { ...second.read, ifUnchanged: ifUnchanged({ table: ['component', 'c'], boundTo: BOUND_TO, rowReadAs: ROW_READ_AS }) };
  const { entryOf, sealed } = await append([
    ['1', first.read],
    ['2', other],
    ['3', undefined],
  ]);
  assert.deepEqual(
    entryOf.map((entry) => entry?.sequence),
    [1, undefined, 2],
  );
  assert.deepEqual([...sealed.keys()], [first.read]);
  assert.deepEqual(await recorded(), ['1', '3']);
  assert.equal((await append([['alone', other]])).appended?.entries.length, 1);
});

test('a component of another organization is not there', async () => {
  const { read } = await boundComponent();
  organization = uuidv7();
  assert.deepEqual((await append([['elsewhere', read]])).entryOf, [undefined]);
});
