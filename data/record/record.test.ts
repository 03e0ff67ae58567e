import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it, test } from 'node:test';
import { canonicalBody, entryHash, inclusionProof, verifyCheckpoint, verifyInclusion } from '@holdfast/audit';
import { auditFact, type DatabaseConnection } from '@holdfast/db';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import {
  anotherOrganization,
  assertRefused,
  asTamperer,
  attackSecrets,
  cutEntries,
  hashOf,
  headOf,
  instance,
  organization,
  recordEvent,
  secret,
  use,
} from '../testing/attacked-secret.ts';
import { ACTOR } from '../testing/instance.ts';
import { acceptWhenAsked } from './accept-record.ts';

/** More than a log that was stopped is left alone for. */
const RECHECKED_AFTER_MILLISECONDS = 31_000;

attackSecrets();

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
        await cutEntries(3);
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
      'an entry that is nested deeper than the stack',
      () => appendBody(instance.control, canonical({ action: 'run.cancel', detail: { a: 0 } }).replace('{"a":0}', `{"a":${NESTED}}`)),
      'record_violation',
    ],
    ['an entry of a year that has five digits', () => setLastTime('12026-01-01'), 'record_incomplete'],
    ['an entry at no time', () => setLastTime('infinity'), 'record_incomplete'],
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
    await asTamperer(() => instance.owner.deleteFrom('audit_event').where('sequence', '<', 1).execute());
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
      await anotherOrganization();
      assert.equal(await use(), 'succeeded');
    });
  }

  it('that was rewritten below a checkpoint is found when it is read from the beginning, and not signed', async () => {
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    const folder = join(instance.settings.recordFolder, organization.id);
    const signed = await readFile(join(folder, 'checkpoint'), 'utf8');
    await rewriteEntry(2);
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

  it('that was rewritten below its snapshot stays stopped, also after a restart', async (t) => {
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    await instance.restart();
    const snapshot = join(instance.settings.recordFolder, organization.id, 'snapshot');
    await stat(snapshot);
    assert.equal(await use(), 'succeeded');
    await rewriteEntry(2);
    const { follower } = instance.plane;
    await follower.reread(organization.id);
    assert.equal(follower.stopped().get(organization.id)?.code, 'record_rewritten');
    const now = performance.now.bind(performance);
    const later = t.mock.method(performance, 'now', () => now() + RECHECKED_AFTER_MILLISECONDS);
    await assert.rejects(follower.follow(organization.id), { code: 'record_stopped' });
    later.mock.restore();
    await assert.rejects(stat(snapshot), { code: 'ENOENT' });
    await instance.plane.close();
    await instance.restart();
    await assertRefused('record_stopped');
  });

  it('that was rewritten is refused to all who read it together', async () => {
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    await rm(join(instance.settings.recordFolder, organization.id, 'snapshot'), { force: true });
    await rewriteEntry(2);
    await instance.restart();
    const { follower } = instance.plane;
    follower.forget(organization.id);
    const followed = await Promise.allSettled(Array.from({ length: 3 }, () => follower.follow(organization.id)));
    assert.deepEqual(
      followed.map((each) => (each.status === 'rejected' ? each.reason.code : 'followed')),
      ['record_stopped', 'record_stopped', 'record_stopped'],
    );
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
    const length = (await cutEntries(1)) + 1;
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
        .where(auditFact('action'), '=', 'record.accept')
        .executeTakeFirst(),
    );
    assert.equal(JSON.parse(accepted.body).detail.formerEntries, length);
    assert.equal(await use(), 'succeeded');
    assert.equal((await instance.control.selectFrom('instance').select('epoch').executeTakeFirstOrThrow()).epoch, epoch + 1);
  });
});

test('that an operator asks to accept a record is not forgotten when it cannot be followed for another reason', async () => {
  const removed: string[] = [];
  const folder = { read: async () => '{}', remove: async (_: string, file: string) => void removed.push(file) };
  const follower = { stopped: () => new Map(), follow: () => Promise.reject(new Error('The database is away.')) };
  const dependencies = { folder, follower } as unknown as Parameters<typeof acceptWhenAsked>[0];
  await assert.rejects(acceptWhenAsked(dependencies, organization.id), { message: 'The database is away.' });
  assert.deepEqual(removed, []);
});

const commitmentBody = () =>
  canonicalBody({
    action: 'secret.replace',
    outcome: 'success',
    actor: JSON.parse(ACTOR),
    target: { kind: 'secret', id: secret.id, name: 'STORE', versionId: '0199d3a0-0000-7000-8000-00000000beef' },
    commitment: { versionId: '0199d3a0-0000-7000-8000-00000000beef', ciphertextHash: hashOf(Buffer.from('x')) },
  });

const NESTED = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;

/** Of an entry that nobody has read yet. */
async function setLastTime(time: string): Promise<void> {
  await recordEvent(instance.control, { action: 'project.update' });
  const last = await headOf();
  await asTamperer(() =>
    sql`update audit_event set time = ${time}::timestamptz where organization_id = ${organization.id} and sequence = ${last}`.execute(
      instance.owner,
    ),
  );
}

/** As another person's doing. */
const rewriteEntry = (sequence: number) =>
  asTamperer(() =>
    instance.owner
      .updateTable('audit_event')
      .set({ body: sql`replace(body, '"Ada Example"', '"Eve Example"')` })
      .where('organization_id', '=', organization.id)
      .where('sequence', '=', sequence)
      .execute(),
  );

const canonical = (event: object) => JSON.stringify({ ...event, actor: JSON.parse(ACTOR), outcome: 'success' });

const appendBody = (by: DatabaseConnection, body: string) => sql`select append_audit(${organization.id}::uuid, array[${body}])`.execute(by);

const insertRow = (sequence: number, recordedBy: string, body: string) =>
  sql`insert into audit_event (organization_id, sequence, time, recorded_by, body) values (${organization.id}, ${sequence}, now(), ${recordedBy}, ${body})`.execute(
    instance.owner,
  );
