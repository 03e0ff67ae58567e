import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type AuditEvent, canonicalBody, entryHash, inclusionProof, verifyCheckpoint, verifyInclusion } from '@holdfast/audit';
import { appendAudit, type DatabaseConnection, deleteRows, transaction } from '@holdfast/db';
import { seal } from '@holdfast/seal';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import {
  ACTOR,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { finishedRun, startTestRun } from '../testing/runs.ts';

let instance: TestInstance;
let organization: TestOrganization;
let service: RecordingService;
let secret: TestSecret;
let componentId: string;
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

before(async () => {
  instance = await testInstance();
  service = await recordingService();
});
after(async () => {
  await service?.[Symbol.asyncDispose]();
  await instance?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  secret = await testSecret(instance, organization, 'STORE', service.connectionString);
  componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  service.requests.length = 0;
});

/** Uses the secret in a run, and answers how that ended. */
async function use(): Promise<string> {
  const { status, failure } = await finishedRun(instance, await startTestRun(instance, organization, [componentId], DOCUMENT));
  return status === 'succeeded' ? status : ((failure as { code: string } | null)?.code ?? status);
}

async function assertRefused(code: string): Promise<void> {
  service.requests.length = 0;
  assert.equal(await use(), code);
  assert.deepEqual(service.requests, [], 'Something was sent.');
}

const headOf = async (id = organization.id) =>
  (await instance.owner.selectFrom('audit_head').select('sequence').where('organization_id', '=', id).executeTakeFirstOrThrow()).sequence;

const sealedOf = async (versionId: string) =>
  (await instance.owner.selectFrom('sealed_value').select('sealed').where('version_id', '=', versionId).executeTakeFirstOrThrow()).sealed;

const recordEvent = (by: DatabaseConnection, event: Omit<AuditEvent, 'actor' | 'outcome'>, to = organization) =>
  transaction(by, (tx) => appendAudit(tx, to.id, [{ outcome: 'success', actor: JSON.parse(ACTOR), ...event }]));

/** As the control plane replaces a value. Answers the new version, and what the former one's row and bytes were. */
async function replaceValue() {
  const former = { versionId: secret.versionId, sealed: await sealedOf(secret.versionId) };
  const envelope = await seal(organization.key, { secretId: secret.id, kind: 'secret-value', value: service.connectionString });
  const sealed = Buffer.from(envelope.sealed, 'base64url');
  await setCurrent(instance.control, envelope.versionId, envelope.keyId, sealed);
  await recordEvent(instance.control, {
    action: 'secret.replace',
    target: { kind: 'secret', id: secret.id, name: 'STORE', versionId: envelope.versionId },
    commitment: { versionId: envelope.versionId, ciphertextHash: hashOf(sealed) },
  });
  return { former, keyId: envelope.keyId };
}

async function setCurrent(by: DatabaseConnection, versionId: string, keyId: string, sealed: Buffer): Promise<void> {
  const place = { organization_id: organization.id };
  await transaction(by, async (tx) => {
    const superseded = await tx
      .updateTable('secret_version')
      .set({ state: 'superseded' })
      .where('secret_id', '=', secret.id)
      .where('state', '=', 'current')
      .returning('id')
      .execute();
    await deleteRows(
      tx,
      'sealed_value',
      organization.id,
      superseded.map(({ id }) => id),
    );
    await tx
      .insertInto('secret_version')
      .values({ ...place, secret_id: secret.id, id: versionId, key_id: keyId, state: 'current', created_by: ACTOR })
      .onConflict((conflict) => conflict.columns(['organization_id', 'id']).doUpdateSet({ state: 'current' }))
      .execute();
    await tx
      .insertInto('sealed_value')
      .values({ ...place, version_id: versionId, sealed })
      .execute();
  });
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');

/** The owner of the tables takes the triggers off; nothing in the database can keep them from it. */
async function asTamperer(work: () => Promise<unknown>): Promise<void> {
  await sql`alter table audit_event disable trigger user`.execute(instance.owner);
  await work();
  await sql`alter table audit_event enable trigger user`.execute(instance.owner);
}

describe('an older state put back', { concurrency: false }, () => {
  it('does not make a replaced value usable: rows put back by the control role', async () => {
    assert.equal(await use(), 'succeeded');
    const { former, keyId } = await replaceValue();
    assert.equal(await use(), 'succeeded');
    await setCurrent(instance.control, former.versionId, keyId, former.sealed);
    await assertRefused('envelope_refused');
  });

  it('does not make a replaced value usable: committed to once more by the control role', async () => {
    const { former, keyId } = await replaceValue();
    await setCurrent(instance.control, former.versionId, keyId, former.sealed);
    // The index that forbids this in the database is the owner's to drop.
    await sql`drop index audit_event_version`.execute(instance.owner);
    try {
      await recordEvent(instance.control, {
        action: 'secret.replace',
        target: { kind: 'secret', id: secret.id, name: 'STORE', versionId: former.versionId },
        commitment: { versionId: former.versionId, ciphertextHash: hashOf(former.sealed) },
      });
      await assertRefused('record_stopped');
    } finally {
      await instance.owner.deleteFrom('audit_head').where('organization_id', '=', organization.id).execute();
      await asTamperer(() => instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).execute());
      await sql`create unique index audit_event_version on audit_event (organization_id, version_id) where version_id is not null`.execute(
        instance.owner,
      );
    }
  });

  it('does not make a deleted secret usable', async () => {
    assert.equal(await use(), 'succeeded');
    const rows = {
      secret: await instance.owner.selectFrom('secret').selectAll().where('id', '=', secret.id).executeTakeFirstOrThrow(),
      version: await instance.owner.selectFrom('secret_version').selectAll().where('id', '=', secret.versionId).executeTakeFirstOrThrow(),
      sealed: await sealedOf(secret.versionId),
    };
    await transaction(instance.control, (tx) => deleteRows(tx, 'secret', organization.id, [secret.id]));
    await recordEvent(instance.control, { action: 'secret.delete', target: { kind: 'secret', id: secret.id, name: 'STORE' } });
    await assertRefused('secret_missing');
    const { sequence: _, ...version } = rows.version;
    await instance.control
      .insertInto('secret')
      .values({ ...rows.secret, created_by: ACTOR, replaced_by: null })
      .execute();
    await instance.control
      .insertInto('secret_version')
      .values({ ...version, created_by: ACTOR })
      .execute();
    await instance.control
      .insertInto('sealed_value')
      .values({ organization_id: organization.id, version_id: secret.versionId, sealed: rows.sealed })
      .execute();
    await instance.control
      .updateTable('binding')
      .set({ secret_id: secret.id })
      .where('organization_id', '=', organization.id)
      .where('component_id', '=', componentId)
      .execute();
    await assertRefused('envelope_refused');
  });

  it('does not pass as the record itself: the whole database put back, with checkpoints that are newer', async () => {
    const other = await testOrganization(instance);
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    const length = await headOf();
    // The last three entries are gone, without a trace in the database: rows, head, checkpoints.
    await asTamperer(() =>
      instance.owner
        .deleteFrom('audit_event')
        .where('organization_id', '=', organization.id)
        .where('sequence', '>', length - 3)
        .execute(),
    );
    await instance.owner
      .updateTable('audit_head')
      .set({ sequence: length - 3 })
      .where('organization_id', '=', organization.id)
      .execute();
    await instance.owner.deleteFrom('checkpoint').where('organization_id', '=', organization.id).execute();
    await instance.restart();
    await assertRefused('record_stopped');
    const state = await eventually('the stop to be shown', () =>
      instance.control
        .selectFrom('record_state')
        .selectAll()
        .where('organization_id', '=', organization.id)
        .where('code', 'is not', null)
        .executeTakeFirst(),
    );
    assert.equal(state.code, 'record_rolled_back');
    assert.match(state.reason ?? '', new RegExp(`has ${length - 3} entries, but ${length} were there|has ${length - 2} entries`));
    assert.equal(
      (await instance.control.selectFrom('record_state').selectAll().where('organization_id', '=', other.id).executeTakeFirst())?.code ??
        null,
      null,
      'Another organization goes on.',
    );
  });
});

describe('the record', { concurrency: false }, () => {
  const TAMPERED: [what: string, tamper: () => Promise<unknown>, code: string][] = [
    [
      'a row before its first entry',
      async () => {
        await sql`alter table audit_event drop constraint audit_event_sequence_check`.execute(instance.owner);
        await insertRow(-1, 'control', commitmentBody());
      },
      'record_incomplete',
    ],
    [
      'its first entry cut off',
      () =>
        asTamperer(() =>
          instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).where('sequence', '=', 1).execute(),
        ),
      'record_incomplete',
    ],
    [
      'its last entries cut off, and grown again by as many others',
      async () => {
        const length = await headOf();
        await asTamperer(() =>
          instance.owner
            .deleteFrom('audit_event')
            .where('organization_id', '=', organization.id)
            .where('sequence', '>', length - 3)
            .execute(),
        );
        await instance.owner
          .updateTable('audit_head')
          .set({ sequence: length - 3 })
          .where('organization_id', '=', organization.id)
          .execute();
        for (let entry = 0; entry < 3; entry++) await recordEvent(instance.control, { action: 'project.update' });
      },
      'record_rewritten',
    ],
    ['a row far beyond its head', () => insertRow(1_000_000, 'control', commitmentBody()), 'record_incomplete'],
    [
      'an entry that is missing',
      async () => {
        const next = await recordEvent(instance.control, {
          action: 'project.update',
          target: { kind: 'project', id: organization.projectId, name: 'x' },
        });
        await recordEvent(instance.control, {
          action: 'project.update',
          target: { kind: 'project', id: organization.projectId, name: 'y' },
        });
        const gone = next[0]?.sequence ?? 0;
        await asTamperer(() =>
          instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).where('sequence', '=', gone).execute(),
        );
      },
      'record_incomplete',
    ],
    ['an action that nobody knows', () => appendBody(instance.control, canonical({ action: 'secret.borrow' })), 'record_violation'],
    ['a use that the control role recorded', () => recordEvent(instance.control, { action: 'secret.use' }), 'record_violation'],
    [
      'a change of a secret that the data role recorded',
      () => recordEvent(dataRole(), { action: 'secret.delete', target: { kind: 'secret', id: secret.id, name: 'STORE' } }),
      'record_violation',
    ],
    [
      'a change that the owner of the database recorded',
      () => recordEvent(instance.owner, { action: 'project.update' }),
      'record_violation',
    ],
    [
      'an entry that is no event',
      () => appendBody(instance.control, '{"action":"project.update", "outcome":"success"}'),
      'record_violation',
    ],
  ];
  let roles: DatabaseConnection[] = [];
  const dataRole = () => {
    const role = instance.connectAs('data');
    roles.push(role);
    return role;
  };
  afterEach(async () => {
    for (const role of roles) await role.destroy();
    roles = [];
    await asTamperer(() =>
      instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).where('sequence', '<', 1).execute(),
    );
    await sql`alter table audit_event drop constraint if exists audit_event_sequence_check`.execute(instance.owner);
    await sql`alter table audit_event add constraint audit_event_sequence_check check (sequence >= 1)`.execute(instance.owner);
  });

  for (const [what, tamper, code] of TAMPERED) {
    it(`with ${what} stops the uses of its organization, and of no other`, async () => {
      assert.equal(await use(), 'succeeded');
      await tamper();
      await assertRefused('record_stopped');
      const state = await eventually('the stop to be shown', () =>
        instance.control
          .selectFrom('record_state')
          .selectAll()
          .where('organization_id', '=', organization.id)
          .where('code', 'is not', null)
          .executeTakeFirst(),
      );
      assert.equal(state.code, code, state.reason ?? '');
      const stopped = organization;
      organization = await testOrganization(instance);
      secret = await testSecret(instance, organization, 'STORE', service.connectionString);
      componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
      assert.equal(await use(), 'succeeded');
      organization = stopped;
    });
  }

  it('that was rewritten below a checkpoint is found when it is read from the beginning, and not signed', async () => {
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    const folder = join(instance.settings.recordFolder, organization.id);
    const signed = await readFile(join(folder, 'checkpoint'), 'utf8');
    await asTamperer(() =>
      instance.owner
        .updateTable('audit_event')
        .set({ body: sql`replace(body, '"Ada Example"', '"Eve Example"')` })
        .where('organization_id', '=', organization.id)
        .where('sequence', '=', 2)
        .execute(),
    );
    // Without its snapshot the data plane reads everything again.
    await rm(join(folder, 'snapshot'), { force: true });
    await instance.restart();
    await assertRefused('record_stopped');
    await instance.plane.close();
    assert.equal(await readFile(join(folder, 'checkpoint'), 'utf8'), signed, 'It was signed all the same.');
    await instance.restart();
  });

  it('that was cut or rewritten below a checkpoint while it runs is found when it is read again as a whole', async () => {
    assert.equal(await use(), 'succeeded');
    const follower = instance.plane.follower;
    await follower.reread(organization.id);
    assert.equal(follower.stopped().get(organization.id), undefined);
    await asTamperer(() =>
      instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).where('sequence', '=', 2).execute(),
    );
    assert.equal(await use(), 'succeeded', 'What was read before is not read for each use.');
    await follower.reread(organization.id);
    await assertRefused('record_stopped');
  });

  it('is gone on with from the snapshot, and a snapshot that somebody else wrote is not used', async () => {
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    const file = join(instance.settings.recordFolder, organization.id, 'snapshot');
    const snapshot = await readFile(file, 'utf8');
    assert.ok(snapshot.includes(secret.id));
    await writeFile(file, snapshot.replaceAll(secret.versionId, '0199d3a0-0000-7000-8000-00000000dead'));
    await instance.restart();
    assert.equal(await use(), 'succeeded', 'It is read from the database instead.');
  });

  it('does not take a row right after its head for an entry', async () => {
    assert.equal(await use(), 'succeeded');
    const { follower } = instance.plane;
    const { size } = await follower.follow(organization.id);
    await insertRow(size + 1, 'control', commitmentBody());
    await assert.rejects(follower.follow(organization.id), { code: 'record_stopped' });
    assert.match(follower.stopped().get(organization.id)?.message ?? '', /stands outside of the log/);
  });

  it('shows an entry that was appended before a snapshot was loaded', async () => {
    const event = { action: 'project.update', actor: JSON.parse(ACTOR), outcome: 'success' } as const;
    const [appended] = await recordEvent(instance.control, { action: event.action });
    assert.ok(appended);
    await instance.plane.close();
    await instance.restart();
    const { follower } = instance.plane;
    const entry = { ...appended, time: appended.time.toISOString(), body: canonicalBody(event) };
    await follower.follow(organization.id, [entry]);
    await assert.rejects(follower.follow(organization.id, [{ ...entry, recordedBy: 'data' }]), { code: 'record_stopped' });
    follower.forget(organization.id);
  });

  it('is signed by a checkpoint that proves each entry, in a folder that is private', async () => {
    await use();
    await instance.plane.close();
    const folder = join(instance.settings.recordFolder, organization.id);
    assert.equal((await stat(folder)).mode & 0o077, 0);
    const { public_key } = await instance.control.selectFrom('signing_key').select('public_key').executeTakeFirstOrThrow();
    const checkpoint = verifyCheckpoint(await readFile(join(folder, 'checkpoint'), 'utf8'), public_key.toString('base64url'));
    assert.equal(checkpoint.size, await headOf());
    const entries = await instance.control
      .selectFrom('audit_event')
      .selectAll()
      .where('organization_id', '=', organization.id)
      .orderBy('sequence')
      .execute();
    const leaves = entries.map((entry) =>
      entryHash(organization.id, {
        sequence: entry.sequence,
        time: entry.time.toISOString(),
        recordedBy: entry.recorded_by,
        body: entry.body,
      }),
    );
    for (const [index, leaf] of leaves.entries()) {
      const proof = await inclusionProof(index, checkpoint.size, async () => Buffer.concat(leaves));
      assert.ok(verifyInclusion(leaf, index, checkpoint, proof));
    }
    const shown = await instance.control
      .selectFrom('checkpoint')
      .selectAll()
      .where('organization_id', '=', organization.id)
      .orderBy('size', 'desc')
      .execute();
    assert.equal(shown[0]?.size, checkpoint.size);
    await instance.restart();
  });

  it('is signed with times that do not go back, also when the clock does', async (t) => {
    await use();
    await instance.plane.close();
    const file = join(instance.settings.recordFolder, organization.id, 'checkpoint');
    const { public_key } = await instance.control.selectFrom('signing_key').select('public_key').executeTakeFirstOrThrow();
    const read = async () => verifyCheckpoint(await readFile(file, 'utf8'), public_key.toString('base64url'));
    const first = await read();
    await instance.restart();
    await use();
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() - 86_400_000 });
    await instance.plane.close();
    t.mock.timers.reset();
    const second = await read();
    assert.ok(second.size > first.size);
    assert.ok(second.time >= first.time, `${second.time} is before ${first.time}.`);
    await instance.restart();
  });

  it('that was set back is used again once an operator has accepted it, under a new epoch, and says so', async () => {
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    const length = await headOf();
    await asTamperer(() =>
      instance.owner
        .deleteFrom('audit_event')
        .where('organization_id', '=', organization.id)
        .where('sequence', '>', length - 1)
        .execute(),
    );
    await instance.owner
      .updateTable('audit_head')
      .set({ sequence: length - 1 })
      .where('organization_id', '=', organization.id)
      .execute();
    const { epoch } = await instance.control.selectFrom('instance').select('epoch').executeTakeFirstOrThrow();
    await instance.restart();
    await assertRefused('record_stopped');
    await writeFile(join(instance.settings.recordFolder, organization.id, 'accept'), '{}');
    await instance.plane.close();
    await instance.restart();
    const accepted = await eventually('the acceptance', () =>
      instance.control
        .selectFrom('audit_event')
        .select('body')
        .where('organization_id', '=', organization.id)
        .where('action', '=', 'record.accept')
        .executeTakeFirst(),
    );
    assert.equal(JSON.parse(accepted.body).detail.formerEntries, length);
    assert.equal(await use(), 'succeeded');
    assert.equal((await instance.control.selectFrom('instance').select('epoch').executeTakeFirstOrThrow()).epoch, epoch + 1);
  });
});

describe('definitions', { concurrency: false }, () => {
  const MOVED: [what: string, change: () => Promise<unknown>][] = [
    [
      'a scope that was widened',
      () => instance.control.updateTable('secret').set({ all_projects: true }).where('id', '=', secret.id).execute(),
    ],
    [
      'an expiry that was moved',
      () =>
        instance.control
          .updateTable('secret')
          .set({ expires_at: new Date(Date.now() + 1e9) })
          .where('id', '=', secret.id)
          .execute(),
    ],
    [
      'destinations that were narrowed',
      () =>
        instance.control
          .updateTable('secret')
          .set({ destinations: [`http://127.0.0.1:${service.port}`] })
          .where('id', '=', secret.id)
          .execute(),
    ],
    [
      'a configuration that was changed',
      () =>
        instance.control
          .updateTable('component')
          .set({ configuration: '{"container":"elsewhere"}' })
          .where('id', '=', componentId)
          .execute(),
    ],
    [
      'a binding that was moved to another secret',
      async () => {
        const other = await testSecret(instance, organization, 'OTHER', service.connectionString);
        await instance.control.updateTable('binding').set({ secret_id: other.id }).where('component_id', '=', componentId).execute();
      },
    ],
  ];
  for (const [what, change] of MOVED) {
    it(`are those of the record: ${what} beside it is refused`, async () => {
      if (what.startsWith('a scope')) {
        secret = await testSecret(instance, organization, 'SCOPED', service.connectionString, { allProjects: false });
        componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
        await assertRefused('secret_out_of_scope');
      } else assert.equal(await use(), 'succeeded');
      await change();
      await assertRefused('definition_refused');
    });
  }
});

const commitmentBody = () =>
  canonicalBody({
    action: 'secret.replace',
    outcome: 'success',
    actor: JSON.parse(ACTOR),
    target: { kind: 'secret', id: secret.id, name: 'STORE', versionId: '0199d3a0-0000-7000-8000-00000000beef' },
    commitment: { versionId: '0199d3a0-0000-7000-8000-00000000beef', ciphertextHash: hashOf(Buffer.from('x')) },
  });

const canonical = (event: object) => JSON.stringify({ ...event, actor: JSON.parse(ACTOR), outcome: 'success' });

const appendBody = (by: DatabaseConnection, body: string) => sql`select append_audit(${organization.id}::uuid, array[${body}])`.execute(by);

const insertRow = (sequence: number, recordedBy: string, body: string) =>
  sql`insert into audit_event (organization_id, sequence, time, recorded_by, body) values (${organization.id}, ${sequence}, now(), ${recordedBy}, ${body})`.execute(
    instance.owner,
  );
