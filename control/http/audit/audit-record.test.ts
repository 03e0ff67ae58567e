import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ExportVerification, verifyCheckpoint, verifyConsistency, verifyEntryProof, verifyExport } from '@holdfast/audit';
import { sql } from 'kysely';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';
import { growRecord, type RecordSigner, recordSigner } from '../../testing/signed-record.ts';

let instance: TestInstance;
let signer: RecordSigner;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());

async function anOrganization(slug: string): Promise<TestOrganization> {
  const organization = await instance.addOrganization(slug);
  signer ??= await recordSigner(instance.db);
  return organization;
}

const get = (organization: TestOrganization, path: string) =>
  instance.call('GET', `/api/organizations/${organization.slug}/audit${path}`, { token: organization.owner.token });

async function verified(organization: TestOrganization, checkpoints: readonly string[] = []): Promise<ExportVerification> {
  const { status, text } = await get(organization, '/export');
  assert.equal(status, 200, text);
  return verifyExport(text.trimEnd().split('\n'), { checkpoints, signingKeys: [signer.signingKey] });
}

/** What the owner of the tables does who has taken the triggers and checks away. */
async function byHand(statement: ReturnType<typeof sql>): Promise<void> {
  await sql`alter table audit_event disable trigger user`.execute(instance.db);
  await sql`alter table audit_event drop constraint if exists audit_event_sequence_check`.execute(instance.db);
  await statement.execute(instance.db);
  await sql`alter table audit_event enable trigger user`.execute(instance.db);
}

test('the export has every entry with the checkpoints in their places, and verifies', async () => {
  const organization = await anOrganization('exported');
  await growRecord(instance, organization.id, 1_200);
  const first = await signer.sign(organization.id);
  await growRecord(instance, organization.id, 5);
  await signer.sign(organization.id);
  const found = await verified(organization, [first]);
  assert.ok(found.valid, JSON.stringify(found));
  const { entries } = (await get(organization, '/record')).json;
  assert.deepEqual([found.size, found.checkpoints], [entries, 3]);
  // Its own entry came after the last checkpoint.
  assert.deepEqual([found.proven?.size, found.proven?.trusted], [entries - 1, true]);
});

test('an edited entry, and one that is gone, do not verify', async () => {
  const organization = await anOrganization('edited');
  await growRecord(instance, organization.id, 20);
  const note = await signer.sign(organization.id);
  await byHand(sql`update audit_event set body = replace(body, 'Ada 7', 'Eve 7') where organization_id = ${organization.id}`);
  const edited = await verified(organization);
  assert.ok(!edited.valid && edited.code === 'checkpoint_differs', JSON.stringify(edited));
  await byHand(sql`delete from audit_event where organization_id = ${organization.id} and sequence = 9`);
  const missing = await verified(organization, [note]);
  assert.ok(!missing.valid && missing.code === 'entry_missing' && missing.entries?.from === 9, JSON.stringify(missing));
});

for (const sequence of [-1, 0, 4_000]) {
  test(`a row with the number ${sequence} is in the export, which does not verify`, async () => {
    const organization = await anOrganization(`stray-${Math.abs(sequence)}-${sequence < 0 ? 'below' : 'above'}`);
    await growRecord(instance, organization.id, 3);
    const copy = sql`insert into audit_event (organization_id, sequence, time, recorded_by, body)
      select organization_id, ${sequence}::bigint, time, recorded_by, body from audit_event
      where organization_id = ${organization.id} and sequence = 1`;
    await byHand(copy);
    const found = await verified(organization);
    assert.ok(!found.valid && found.code === 'entry_stray', JSON.stringify(found));
    assert.deepEqual(found.entries, { from: sequence, to: sequence });
  });
}

for (const time of ['infinity', '12026-01-01', '4714-11-24 BC']) {
  test(`an entry whose time is ${time} is listed and exported, is not proven, and does not verify`, async () => {
    const organization = await anOrganization(`time-${time.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`);
    await growRecord(instance, organization.id, 3);
    await signer.sign(organization.id);
    await byHand(sql`update audit_event set time = ${time}::timestamptz where organization_id = ${organization.id} and sequence = 2`);
    const listed = await get(organization, '');
    assert.equal(listed.status, 200, listed.text);
    const row = listed.json.items.find(({ sequence }: { sequence: number }) => sequence === 2);
    assert.equal(row.action, 'not an event');
    assert.match(row.detail.why, /time/);
    assert.deepEqual((await get(organization, '/2/proof')).json.code, 'record_stopped');
    const found = await verified(organization);
    assert.ok(!found.valid && found.code === 'export_malformed', JSON.stringify(found));
  });
}

test('a number that comes twice is in the export, which does not verify', async () => {
  const organization = await anOrganization('twice');
  await growRecord(instance, organization.id, 3);
  await sql`alter table audit_event drop constraint audit_event_pkey`.execute(instance.db);
  await byHand(sql`insert into audit_event (organization_id, sequence, time, recorded_by, body)
    select organization_id, sequence, time, recorded_by, body from audit_event where organization_id = ${organization.id} and sequence = 2`);
  const found = await verified(organization);
  await byHand(sql`delete from audit_event where organization_id = ${organization.id}`);
  await sql`alter table audit_event add primary key (organization_id, sequence)`.execute(instance.db);
  assert.ok(!found.valid && found.code === 'entry_unexpected', JSON.stringify(found));
});

test('the proof of an entry verifies alone, wherever it stands in a log of several tiles', async () => {
  const organization = await anOrganization('proven');
  await growRecord(instance, organization.id, 700);
  await signer.sign(organization.id);
  for (const sequence of [1, 2, 256, 257, 511, 513, 700]) {
    const { status, json, text } = await get(organization, `/${sequence}/proof`);
    assert.equal(status, 200, text);
    const found = verifyEntryProof(json.proof, [signer.signingKey]);
    assert.ok(found.valid, `${sequence}: ${JSON.stringify(found)}`);
    assert.deepEqual([found.entry.sequence, found.checkpoint.size, json.checkpoint.size], [sequence, json.checkpoint.size, 700]);
    assert.ok(!verifyEntryProof(json.proof, [Buffer.alloc(32).toString('base64url')]).valid);
  }
});

test('an entry that is not signed yet, and one that is not there, are named', async () => {
  const organization = await anOrganization('pending');
  await growRecord(instance, organization.id, 3);
  const before = await get(organization, '/1/proof');
  assert.deepEqual([before.status, before.json.code], [409, 'checkpoint_pending']);
  await signer.sign(organization.id);
  await growRecord(instance, organization.id, 1);
  const later = await get(organization, '/4/proof');
  assert.deepEqual([later.status, later.json.code], [409, 'checkpoint_pending']);
  assert.equal((await get(organization, '/3/proof')).status, 200);
  for (const none of ['5', '0', '-1', '01', 'x', '99999999999999999999', '1e3']) {
    const { status, json } = await get(organization, `/${none}/proof`);
    assert.deepEqual([status, json.code], [404, 'not_found'], none);
  }
});

test('an entry or tile that was changed by hand is not proven', async () => {
  const organization = await anOrganization('forged');
  await growRecord(instance, organization.id, 300);
  await signer.sign(organization.id);
  await byHand(sql`update audit_event set body = replace(body, 'Ada 9"', 'Eve 9"') where organization_id = ${organization.id}`);
  const forged = await get(organization, '/10/proof');
  assert.deepEqual([forged.status, forged.json.code], [409, 'record_stopped']);
  const other = await get(organization, '/290/proof');
  assert.equal(other.status, 200, other.text);
  await instance.db
    .updateTable('audit_tile')
    .set({ hashes: Buffer.alloc(8_192) })
    .where('organization_id', '=', organization.id)
    .execute();
  assert.deepEqual((await get(organization, '/290/proof')).json.code, 'record_stopped');
  await instance.db.deleteFrom('audit_tile').where('organization_id', '=', organization.id).execute();
  assert.deepEqual((await get(organization, '/290/proof')).json.code, 'checkpoint_pending');
  await instance.db.updateTable('checkpoint').set({ note: 'hello' }).where('organization_id', '=', organization.id).execute();
  assert.deepEqual((await get(organization, '/290/proof')).json.code, 'record_stopped');
});

test('an entry that is gone, or is none, is named where it keeps something from being proven', async () => {
  const organization = await anOrganization('holes');
  await growRecord(instance, organization.id, 20);
  await signer.sign(organization.id);
  await byHand(sql`update audit_event set recorded_by = E'two\nlines' where organization_id = ${organization.id} and sequence = 12`);
  for (const path of ['/12/proof', '/3/proof', '/consistency?from=5&to=20']) {
    assert.deepEqual((await get(organization, path)).json.code, 'record_stopped', path);
  }
  await byHand(sql`delete from audit_event where organization_id = ${organization.id} and sequence = 12`);
  for (const path of ['/3/proof', '/consistency?from=5&to=20']) {
    assert.deepEqual((await get(organization, path)).json.code, 'record_stopped', path);
  }
});

test('a row that is no event is listed as such, with what it says', async () => {
  const organization = await anOrganization('no-event');
  await growRecord(instance, organization.id, 2);
  await byHand(sql`insert into audit_event (organization_id, sequence, time, recorded_by, body)
    values (${organization.id}, 9, now(), 'control', '{"action":"x","outcome":"x","actor":7}')`);
  const { status, json, text } = await get(organization, '');
  assert.equal(status, 200, text);
  assert.deepEqual([json.items[0].action, json.items[0].detail.body], ['not an event', '{"action":"x","outcome":"x","actor":7}']);
});

test('two checkpoints of a log that only grew are shown to agree', async () => {
  const organization = await anOrganization('grown');
  await growRecord(instance, organization.id, 300);
  const older = verifyCheckpoint(await signer.sign(organization.id), signer.signingKey);
  await growRecord(instance, organization.id, 400);
  const newer = verifyCheckpoint(await signer.sign(organization.id), signer.signingKey);
  const { status, json, text } = await get(organization, `/consistency?from=${older.size}&to=${newer.size}`);
  assert.equal(status, 200, text);
  const proof = json.proof.map((hash: string) => Buffer.from(hash, 'base64'));
  assert.ok(verifyConsistency(older, newer, proof));
  assert.deepEqual((await get(organization, '/consistency?from=0&to=5')).json.proof, []);
  const tooFar = await get(organization, `/consistency?from=1&to=${newer.size + 1}`);
  assert.deepEqual([tooFar.status, tooFar.json.code], [409, 'checkpoint_pending']);
  const backwards = await get(organization, '/consistency?from=5&to=4');
  assert.deepEqual([backwards.status, backwards.json.code, backwards.json.field], [400, 'invalid_request', 'from']);
});

test('the state of the record is what the data plane has found', async () => {
  const organization = await anOrganization('state');
  const none = (await get(organization, '/record')).json;
  assert.deepEqual([none.entries, none.verified, none.stopped, none.checkpoint], [0, null, null, null]);
  await growRecord(instance, organization.id, 3);
  const note = await signer.sign(organization.id);
  const state = (await get(organization, '/record')).json;
  assert.deepEqual([state.entries, state.verified.size, state.stopped, state.checkpoint.size], [3, 3, null, 3]);
  assert.equal(state.checkpoint.note, note);
  assert.ok(state.verifierKey.startsWith(`${note.split('\n')[0]}+`));
  await instance.db
    .updateTable('record_state')
    .set({ stopped_since: new Date(), code: 'record_rewritten', reason: 'Entry 2 is not what was signed.' })
    .where('organization_id', '=', organization.id)
    .execute();
  const { stopped } = (await get(organization, '/record')).json;
  assert.deepEqual([stopped.code, stopped.reason], ['record_rewritten', 'Entry 2 is not what was signed.']);
});

test('what one organization records is in no answer to another', async () => {
  const [one, other] = [await anOrganization('one'), await anOrganization('other')];
  await growRecord(instance, one.id, 3);
  await signer.sign(one.id);
  await growRecord(instance, other.id, 1);
  assert.deepEqual((await get(other, '/2/proof')).json.code, 'not_found');
  assert.deepEqual((await get(other, '/record')).json.checkpoint, null);
  assert.ok(!(await get(other, '/export')).text.includes(one.id));
});
