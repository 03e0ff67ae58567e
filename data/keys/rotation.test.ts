import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { appendAudit, deleteRows, transaction } from '@holdfast/db';
import { decodeSealed, uuidv7 } from '@holdfast/envelope';
import { seal } from '@holdfast/seal';
import { createLogger } from '@holdfast/service';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { createRecordFollower } from '../record/follower.ts';
import { recordFolder } from '../record/record-folder.ts';
import {
  ACTOR,
  currentSealingKey,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { askForRotation, destroyedKey, endFormerKeys, finishedRotation, keysOf, rotated, sealedVersion } from '../testing/rotations.ts';
import { auditOf, finishedRun, startTestRun } from '../testing/runs.ts';
import { destroyUnusedKeys } from './destroy-keys.ts';
import { openRootKey } from './open-root-key.ts';
import { createOpeningKeys } from './opening-keys.ts';
import { reSealBatch } from './re-seal-batch.ts';
import { rotateKey } from './rotate-key.ts';
import { openSigningKey } from './signing-key.ts';

let instance: TestInstance;
let service: RecordingService;
let organization: TestOrganization;
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

before(async () => {
  instance = await testInstance();
  service = await recordingService();
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  service.requests.length = 0;
});

async function publisher(secret: TestSecret): Promise<string> {
  return testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
}

async function runOf(componentId: string): Promise<string> {
  const { status, failure } = await finishedRun(instance, await startTestRun(instance, organization, [componentId], DOCUMENT));
  return status === 'succeeded' ? status : ((failure as { code: string } | null)?.code ?? status);
}

const actionsOf = async () => (await auditOf(instance, organization)).map(({ action, outcome }) => `${action} ${outcome}`);

/** As the control plane replaces a value: rows and statement in one transaction. */
async function replaceValue(secret: TestSecret, value: string): Promise<string> {
  const key = (await currentSealingKey(instance, organization.id)) ?? assert.fail();
  const envelope = await seal(key, { secretId: secret.id, kind: 'secret-value', value });
  const sealed = Buffer.from(envelope.sealed, 'base64url');
  const place = { organization_id: organization.id };
  await transaction(instance.control, async (tx) => {
    await tx.selectFrom('secret').select('id').where('id', '=', secret.id).forUpdate().execute();
    const former = await tx
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
      former.map(({ id }) => id),
    );
    await tx
      .insertInto('secret_version')
      .values({ ...place, secret_id: secret.id, id: envelope.versionId, key_id: key.keyId, state: 'current', created_by: ACTOR })
      .execute();
    await tx
      .insertInto('sealed_value')
      .values({ ...place, version_id: envelope.versionId, sealed })
      .execute();
    await appendAudit(tx, organization.id, [
      {
        action: 'secret.replace',
        actor: JSON.parse(ACTOR),
        outcome: 'success',
        target: { kind: 'secret', id: secret.id, name: secret.name ?? '', versionId: envelope.versionId },
        commitment: { versionId: envelope.versionId, ciphertextHash: createHash('sha256').update(sealed).digest('base64url') },
      },
    ]);
  });
  return envelope.versionId;
}

/**
 * A rotation that has made its key and sealed nothing again yet, without a data plane that goes on with it.
 */
async function rotationByHand() {
  await instance.plane.close();
  const db = instance.connectAs('data');
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, instance.settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const folder = recordFolder(instance.settings.recordFolder);
  const logger = createLogger({ name: 'test', level: 'silent' });
  const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger });
  const keys = createOpeningKeys(db, instanceId, rootKey);
  const dependencies = { db, instanceId, signingKey, rootKey, keys, follower };
  const rotationId = await askForRotation(instance, organization);
  await rotateKey(dependencies, organization.id, rotationId);
  /** The data plane is there again, and does what is left. */
  const finish = async () => {
    await db.destroy();
    await instance.restart();
    return finishedRotation(instance, rotationId);
  };
  return { dependencies, keys, rotationId, finish };
}

const failuresOf = (rotationId: string) =>
  instance.control.selectFrom('key_rotation_failure').select(['name', 'code']).where('rotation_id', '=', rotationId).execute();

describe('a rotation of the sealing key', { concurrency: false }, () => {
  it('seals named values and own values again under the next key; they work as before, and the version stays', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const ownComponent = uuidv7();
    await testComponent(instance, organization, { container: 'docs' }, {}, ownComponent);
    const own = await testSecret(instance, organization, 'own', service.connectionString, { componentId: ownComponent });
    await testComponent(instance, organization, {}, { connectionString: own }, ownComponent);
    const component = await publisher(secret);
    assert.equal(await runOf(component), 'succeeded');
    const before = await sealedVersion(instance, secret.versionId);

    const { organization: after, rotation } = await rotated(instance, organization);

    assert.deepEqual([after.key.generation, rotation.values_total, rotation.values_resealed], [2, 2, 2]);
    for (const { versionId } of [secret, own]) {
      const { key_id, sealed, state } = await sealedVersion(instance, versionId);
      assert.deepEqual([key_id, decodeSealed(sealed).keyId, state], [after.key.keyId, after.key.keyId, 'current']);
    }
    assert.ok(!(await sealedVersion(instance, secret.versionId)).sealed.equals(before.sealed));
    assert.equal(await runOf(component), 'succeeded');
    assert.equal(await runOf(ownComponent), 'succeeded');
    const actions = await actionsOf();
    assert.deepEqual(
      actions.filter((action) => /organization-key|re-seal/.test(action)),
      [
        'organization-key.create success',
        'organization-key.rotate success',
        'secret.re-seal success',
        'secret.re-seal success',
        'organization-key.finish-rotation success',
      ],
    );
  });

  it('keeps the sealed destinations, none included', async () => {
    const wide = await testSecret(instance, organization, 'WIDE', service.connectionString, { destinations: [] });
    const narrow = await testSecret(instance, organization, 'NARROW', service.connectionString, {
      destinations: ['https://elsewhere.example:443'],
    });
    await rotated(instance, organization);
    assert.equal(await runOf(await publisher(wide)), 'succeeded');
    assert.equal(await runOf(await publisher(narrow)), 'destination_refused');
  });

  it('destroys the former private key at zero references, when late clients are out of time, and says so on the record', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const component = await publisher(secret);
    const former = organization.key.keyId;
    await rotated(instance, organization);
    assert.deepEqual(
      (await keysOf(instance, organization)).map((key) => [key.generation, key.current, key.destroyed_at === null, key.has_private]),
      [
        [1, false, true, true],
        [2, true, true, true],
      ],
    );
    await endFormerKeys(instance, organization);
    await destroyedKey(instance, organization, former);
    assert.ok((await actionsOf()).includes('organization-key.destroy success'));
    assert.equal(await runOf(component), 'succeeded');
    await instance.plane.close();
    await instance.restart();
    assert.equal(await runOf(component), 'succeeded', 'Also for a process that starts afterwards.');
  });

  it('takes what a client has still sealed for the former key, seals it again, and only then destroys that key', async () => {
    const late = organization;
    await rotated(instance, organization);
    const secret = await testSecret(instance, late, 'LATE', service.connectionString);
    await eventually('the late value to be sealed again', async () => {
      const { key_id } = await sealedVersion(instance, secret.versionId);
      return key_id !== late.key.keyId;
    });
    await endFormerKeys(instance, organization);
    await destroyedKey(instance, organization, late.key.keyId);
    assert.equal(await runOf(await publisher(secret)), 'succeeded');
  });

  it('never loses a value whose transaction began before the former key was destroyed: it is refused, or waited for', async () => {
    const late = organization;
    await rotated(instance, organization);
    const envelope = await seal(late.key, { secretId: uuidv7(), kind: 'secret-value', value: 'late value' });
    const place = { organization_id: organization.id };
    const insert = (by: typeof instance.control) =>
      by
        .insertInto('secret_version')
        .values({
          ...place,
          secret_id: envelope.secretId,
          id: envelope.versionId,
          key_id: late.key.keyId,
          state: 'current',
          created_by: ACTOR,
        })
        .execute();
    // Held open while the key is due: it is not destroyed under the value that is being stored.
    await transaction(instance.control, async (tx) => {
      await tx
        .insertInto('secret')
        .values({ ...place, id: envelope.secretId, name: 'HELD', created_by: ACTOR })
        .execute();
      await insert(tx);
      await endFormerKeys(instance, organization);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      assert.equal((await keysOf(instance, organization))[0]?.destroyed_at, null);
      throw new Error('left');
    }).catch((error: Error) => assert.equal(error.message, 'left'));
    await destroyedKey(instance, organization, late.key.keyId);
    await instance.control
      .insertInto('secret')
      .values({ ...place, id: envelope.secretId, name: 'HELD', created_by: ACTOR })
      .execute();
    await assert.rejects(insert(instance.control), { constraint: 'secret_version_key_usable' });
  });

  it('names a value that cannot be opened, goes on with the others, and keeps the former key until it is replaced', async () => {
    const good = await testSecret(instance, organization, 'GOOD', service.connectionString);
    const damaged = await testSecret(instance, organization, 'DAMAGED', service.connectionString);
    const unstated = await testSecret(instance, organization, 'UNSTATED', service.connectionString, { uncommitted: true });
    const missing = await testSecret(instance, organization, 'MISSING', service.connectionString);
    const { sealed } = await sealedVersion(instance, damaged.versionId);
    sealed[sealed.length - 20] = (sealed[sealed.length - 20] ?? 0) ^ 1;
    await instance.owner.updateTable('sealed_value').set({ sealed }).where('version_id', '=', damaged.versionId).execute();
    await instance.owner.deleteFrom('sealed_value').where('version_id', '=', missing.versionId).execute();

    const { rotation } = await rotated(instance, organization);

    assert.equal(rotation.values_resealed, 1);
    const failures = await instance.control
      .selectFrom('key_rotation_failure')
      .select(['name', 'code'])
      .where('rotation_id', '=', rotation.id)
      .orderBy('name')
      .execute();
    assert.deepEqual(failures, [
      { name: 'DAMAGED', code: 'value_refused' },
      { name: 'MISSING', code: 'value_missing' },
      { name: 'UNSTATED', code: 'value_refused' },
    ]);
    assert.equal(await runOf(await publisher(good)), 'succeeded');
    const actions = await actionsOf();
    assert.equal(actions.filter((action) => action === 'secret.re-seal failed').length, 3);
    assert.ok(actions.includes('organization-key.finish-rotation failed'));
    await endFormerKeys(instance, organization);
    const data = instance.connectAs('data');
    assert.deepEqual(await destroyUnusedKeys(data, organization.id), [], 'Its values are counted, by any process.');
    await data.destroy();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    assert.equal((await keysOf(instance, organization))[0]?.has_private, true, 'The former key is kept.');
    assert.equal((await actionsOf()).filter((action) => action === 'secret.re-seal failed').length, 3, 'Each is said once.');

    for (const secret of [damaged, missing]) await replaceValue(secret, service.connectionString);
    await deleteRows(instance.control, 'secret', organization.id, [unstated.id]);
    await destroyedKey(instance, organization, organization.key.keyId);
  });

  it('tries a value again that is whole again, with the next rotation', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const { sealed } = await sealedVersion(instance, secret.versionId);
    const flipped = Buffer.from(sealed);
    flipped[flipped.length - 20] = (flipped[flipped.length - 20] ?? 0) ^ 1;
    const put = (bytes: Buffer) =>
      instance.owner.updateTable('sealed_value').set({ sealed: bytes }).where('version_id', '=', secret.versionId).execute();
    await put(flipped);
    assert.equal((await rotated(instance, organization)).rotation.values_resealed, 0);
    await put(sealed);
    const { rotation, organization: now } = await rotated(instance, organization);
    assert.deepEqual([rotation.values_resealed, now.key.generation], [1, 3]);
    assert.equal(await runOf(await publisher(secret)), 'succeeded');
  });

  it('leaves a value as somebody has replaced it meanwhile', async () => {
    const secrets: TestSecret[] = [];
    for (let number = 0; number < 60; number++) {
      secrets.push(await testSecret(instance, organization, `S${number}`, service.connectionString));
    }
    const rotationId = await askForRotation(instance, organization);
    const replaced = new Map<string, string>();
    for (const secret of secrets.slice(0, 20)) replaced.set(secret.id, await replaceValue(secret, `replaced ${secret.name}`));
    const rotation = await finishedRotation(instance, rotationId);
    assert.ok(rotation.values_resealed >= 40);
    for (const [secretId, versionId] of replaced) {
      const current = await instance.owner
        .selectFrom('secret_version')
        .select('id')
        .where('secret_id', '=', secretId)
        .where('state', '=', 'current')
        .executeTakeFirstOrThrow();
      assert.equal(current.id, versionId);
    }
    assert.equal(await runOf(await publisher(secrets.at(-1) ?? assert.fail())), 'succeeded', 'The record verifies.');
    const { rows } = await sql<{ under: number }>`select count(*) as under from secret_version v
      where v.organization_id = ${organization.id} and v.state <> 'superseded' and v.key_id = ${organization.key.keyId}`.execute(
      instance.owner,
    );
    assert.deepEqual(rows, [{ under: 0 }]);
  });

  it('disturbs no run that uses values meanwhile, one rotation after the other', async () => {
    const components: string[] = [];
    for (let number = 0; number < 3; number++) {
      components.push(await publisher(await testSecret(instance, organization, `S${number}`, service.connectionString)));
    }
    let rotating = true;
    const outcomes: string[] = [];
    const ended = components.map(() => 0);
    const using = components.map(async (component, index) => {
      for (; rotating; ended[index] = (ended[index] ?? 0) + 1) outcomes.push(await runOf(component));
    });
    for (let round = 0; round < 4; round++) {
      const before = [...ended];
      await rotated(instance, organization);
      await endFormerKeys(instance, organization);
      await eventually('a run of each to end', () => ended.every((count, index) => count > (before[index] ?? 0)));
    }
    rotating = false;
    await Promise.all(using);
    assert.ok(outcomes.length >= 12);
    assert.deepEqual([...new Set(outcomes)], ['succeeded']);
  });

  it('stores a value once when two processes have sealed it again at the same moment, and the record stays sound', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const { dependencies, keys, rotationId, finish } = await rotationByHand();
    // The other one is done between the moment that this one opens the value and the moment that it stores
    // it.
    let other: Promise<number> | undefined;
    const slow = {
      ...keys,
      async get(organizationId: string, keyId: string) {
        other ??= reSealBatch(dependencies, organization.id, rotationId);
        await other;
        return keys.get(organizationId, keyId);
      },
    };
    assert.equal(await reSealBatch({ ...dependencies, keys: slow }, organization.id, rotationId), 1);
    assert.equal(await other, 1);
    const rotation = await finish();
    assert.equal(rotation.values_resealed, 1);
    assert.equal((await actionsOf()).filter((action) => action === 'secret.re-seal success').length, 1);
    assert.equal(await runOf(await publisher(secret)), 'succeeded');
  });

  it('leaves bytes that were exchanged while it sealed the value again, and names the value', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const { dependencies, keys, rotationId, finish } = await rotationByHand();
    const { sealed } = await sealedVersion(instance, secret.versionId);
    sealed[sealed.length - 20] = (sealed[sealed.length - 20] ?? 0) ^ 1;
    const meanwhile = {
      ...keys,
      async get(organizationId: string, keyId: string) {
        await instance.owner.updateTable('sealed_value').set({ sealed }).where('version_id', '=', secret.versionId).execute();
        return keys.get(organizationId, keyId);
      },
    };
    assert.equal(await reSealBatch({ ...dependencies, keys: meanwhile }, organization.id, rotationId), 1);
    const rotation = await finish();
    assert.equal(rotation.values_resealed, 0);
    assert.deepEqual(await failuresOf(rotationId), [{ name: 'STORE', code: 'value_refused' }]);
    assert.ok((await sealedVersion(instance, secret.versionId)).sealed.equals(sealed), 'They are there to be looked at.');
  });

  it('stores nothing that does not open again under the next key', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const before = await sealedVersion(instance, secret.versionId);
    const { dependencies, keys, rotationId, finish } = await rotationByHand();
    // As if the private key of the next one were another than its public key belongs to.
    const exchanged = { ...keys, get: (organizationId: string) => keys.get(organizationId, organization.key.keyId) };
    assert.equal(await reSealBatch({ ...dependencies, keys: exchanged }, organization.id, rotationId), 1);
    const rotation = await finish();
    assert.equal(rotation.values_resealed, 0);
    assert.deepEqual(await failuresOf(rotationId), [{ name: 'STORE', code: 'value_refused' }]);
    assert.deepEqual(await sealedVersion(instance, secret.versionId), before);
  });

  it('refuses a value by name whose private key is gone, as it does with any value that does not open', async () => {
    const component = await publisher(await testSecret(instance, organization, 'STORE', service.connectionString));
    assert.equal(await runOf(component), 'succeeded');
    await instance.owner.deleteFrom('organization_private_key').where('organization_id', '=', organization.id).execute();
    await eventually('the process to forget the key', async () => (await runOf(component)) === 'envelope_refused');
    const { rotation } = await rotated(instance, organization);
    assert.equal(rotation.values_resealed, 0);
    const failures = instance.control.selectFrom('key_rotation_failure').select('code').where('rotation_id', '=', rotation.id);
    assert.deepEqual(await failures.execute(), [{ code: 'key_unusable' }]);
  });

  it('waits while the record does not verify, says why, and goes on when it does', async () => {
    await testSecret(instance, organization, 'STORE', service.connectionString);
    const body = JSON.stringify({ action: 'run.start', actor: JSON.parse(ACTOR), outcome: 'success' });
    const stray = { organization_id: organization.id, sequence: 9_999, time: new Date(), recorded_by: 'control', body };
    await instance.owner.insertInto('audit_event').values(stray).execute();
    const rotationId = await askForRotation(instance, organization);
    await eventually('the reason to be shown', async () => {
      const row = await instance.control.selectFrom('key_rotation').select('waiting_for').where('id', '=', rotationId).executeTakeFirst();
      return row?.waiting_for === 'record_stopped';
    });
    await sql`alter table audit_event disable trigger user`.execute(instance.owner);
    await instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).where('sequence', '=', 9_999).execute();
    await sql`alter table audit_event enable trigger user`.execute(instance.owner);
    instance.plane.follower.forget(organization.id);
    const rotation = await finishedRotation(instance, rotationId);
    assert.deepEqual([rotation.values_resealed, rotation.waiting_for], [1, null]);
  });

  it('seals nothing again under an older key that somebody has put back as the current one, and says why it waits', async () => {
    const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
    const { id: older } = (await keysOf(instance, organization)).at(-1) ?? assert.fail();
    const wrapped = await instance.owner
      .selectFrom('organization_private_key')
      .selectAll()
      .where('id', '=', older)
      .executeTakeFirstOrThrow();
    const { organization: after, rotation } = await rotated(instance, organization);
    const newer = after.key.keyId;
    await endFormerKeys(instance, organization);
    await destroyedKey(instance, organization, older);
    const before = await sealedVersion(instance, secret.versionId);
    assert.equal(before.key_id, newer);

    await instance.plane.close();
    const change = (id: string, current: boolean) =>
      instance.owner
        .updateTable('organization_key')
        .set({ current, retired_at: current ? null : new Date(), destroyed_at: null })
        .where('id', '=', id)
        .execute();
    await change(newer, false);
    await change(older, true);
    await instance.owner.insertInto('organization_private_key').values(wrapped).execute();
    await instance.owner.updateTable('key_rotation').set({ finished_at: null }).where('id', '=', rotation.id).execute();
    await instance.restart();

    await eventually('the reason to be shown', async () => {
      const row = await instance.control.selectFrom('key_rotation').select('waiting_for').where('id', '=', rotation.id).executeTakeFirst();
      return row?.waiting_for === 'sealing_key_older';
    });
    assert.deepEqual(await sealedVersion(instance, secret.versionId), before);
    await change(older, false);
    await change(newer, true);
    assert.equal((await finishedRotation(instance, rotation.id)).waiting_for, null);
    assert.equal(await runOf(await publisher(secret)), 'succeeded');
  });

  it('is done once, by whichever of several data planes comes to it', async () => {
    const { startDataPlane } = await import('../app.ts');
    const other = await startDataPlane({ ...instance.settings, recordFolder: `${instance.settings.recordFolder}-2` });
    try {
      for (let number = 0; number < 120; number++) await testSecret(instance, organization, `S${number}`, service.connectionString);
      const { rotation } = await rotated(instance, organization);
      assert.equal(rotation.values_resealed, 120);
      const resealed = (await auditOf(instance, organization)).filter(({ action }) => action === 'secret.re-seal');
      assert.equal(new Set(resealed.map(({ target }) => target.versionId)).size, 120);
      assert.equal(resealed.length, 120);
      assert.equal((await keysOf(instance, organization)).length, 2);
    } finally {
      await other.close();
    }
  });

  it('leaves other organizations as they are', async () => {
    const other = await testOrganization(instance);
    const theirs = await testSecret(instance, other, 'STORE', service.connectionString);
    const before = await sealedVersion(instance, theirs.versionId);
    await testSecret(instance, organization, 'STORE', service.connectionString);
    await rotated(instance, organization);
    assert.deepEqual(await sealedVersion(instance, theirs.versionId), before);
    assert.equal((await keysOf(instance, other)).length, 1);
  });
});
