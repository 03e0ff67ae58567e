import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reSealBytes } from '@holdfast/audit';
import { auditFact } from '@holdfast/db';
import { fromBase64url, uuidv7 } from '@holdfast/envelope';
import { seal } from '@holdfast/seal';
import {
  assertRefused,
  attackSecrets,
  forgeEntry,
  hashOf,
  headOf,
  instance,
  organization,
  recordEvent,
  secret,
  service,
  use,
} from '../testing/attacked-secret.ts';
import { currentSealingKey } from '../testing/instance.ts';
import { destroyedKey, endFormerKeys, rotated, sealedVersion } from '../testing/rotations.ts';

attackSecrets();

const put = (sealed: Buffer, keyId?: string) =>
  instance.owner.transaction().execute(async (tx) => {
    await tx.updateTable('sealed_value').set({ sealed }).where('version_id', '=', secret.versionId).execute();
    if (keyId !== undefined) await tx.updateTable('secret_version').set({ key_id: keyId }).where('id', '=', secret.versionId).execute();
  });

/** A value of the attacker's choice, sealed for the same version with the public key that everybody has. */
async function foreignValue(): Promise<Buffer> {
  const key = (await currentSealingKey(instance, organization.id)) ?? assert.fail();
  const envelope = await seal(key, {
    secretId: secret.id,
    versionId: secret.versionId,
    kind: 'secret-value',
    value: service.connectionString,
  });
  return Buffer.from(fromBase64url(envelope.sealed));
}

/** What the data plane would record about these bytes, but for the signature. */
async function reSealOf(sealed: Buffer, signature: string) {
  const former = await sealedVersion(instance, secret.versionId);
  const { versionId } = secret;
  return {
    action: 'secret.re-seal' as const,
    target: { kind: 'secret', id: secret.id, name: 'STORE', versionId },
    commitment: { versionId, ciphertextHash: hashOf(sealed) },
    detail: { rotation: uuidv7(), key: organization.key.keyId, formerKey: former.key_id, formerHash: hashOf(former.sealed), signature },
  };
}

/** The signature of the newest true re-seal, to use it elsewhere. */
async function knownSignature(): Promise<string> {
  const row = await instance.owner
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', organization.id)
    .where(auditFact('action'), '=', 'secret.re-seal')
    .orderBy('sequence', 'desc')
    .executeTakeFirstOrThrow();
  return JSON.parse(row.body).detail.signature;
}

describe('a statement that a value was sealed again', { concurrency: false }, () => {
  it('does not bring the bytes back that were sealed under the former key', async () => {
    const before = await sealedVersion(instance, secret.versionId);
    const { organization: now } = await rotated(instance, organization);
    await put(before.sealed, before.key_id);
    // Noticed by the rotation as well: it vouches for nothing that the record does not commit to.
    await assertRefused('envelope_refused');
    await endFormerKeys(instance, organization);
    assert.equal((await currentSealingKey(instance, organization.id))?.keyId, now.key.keyId);
    await assertRefused('envelope_refused');
  });

  it('stops the organization when the control role records it', async () => {
    const sealed = await foreignValue();
    const event = await reSealOf(sealed, 'A'.repeat(86));
    await put(sealed);
    await recordEvent(instance.control, event);
    await assertRefused('record_stopped');
  });

  it('stops the organization when the data role records it without the signing key', async () => {
    const data = instance.connectAs('data');
    try {
      const sealed = await foreignValue();
      const event = await reSealOf(sealed, 'A'.repeat(86));
      await data.updateTable('sealed_value').set({ sealed }).where('version_id', '=', secret.versionId).execute();
      await recordEvent(data, event);
      await assertRefused('record_stopped');
    } finally {
      await data.destroy();
    }
  });

  it('stops the organization when the owner of the tables forges it, also with a signature that was made for something else', async () => {
    await rotated(instance, organization);
    const sealed = await foreignValue();
    const event = await reSealOf(sealed, await knownSignature());
    await put(sealed);
    await forgeEntry('data', event);
    await assertRefused('record_stopped');
  });

  it('does not put an older value back: a true re-seal of it, once more', async () => {
    const { organization: now } = await rotated(instance, organization);
    const older = await sealedVersion(instance, secret.versionId);
    const entry = await instance.owner
      .selectFrom('audit_event')
      .select('body')
      .where('organization_id', '=', organization.id)
      .where(auditFact('action'), '=', 'secret.re-seal')
      .executeTakeFirstOrThrow();
    await rotated(instance, now);
    await put(older.sealed, older.key_id);
    await forgeEntry('data', JSON.parse(entry.body));
    await assertRefused('record_stopped');
  });

  it('is believed from a snapshot on, and over a restart', async () => {
    await rotated(instance, organization);
    assert.equal(await use(), 'succeeded');
    await instance.plane.close();
    await instance.restart();
    assert.equal(await use(), 'succeeded');
    await instance.plane.follower.reread(organization.id);
    assert.equal(await use(), 'succeeded');
    assert.ok((await headOf()) > 0);
  });

  it('is not made over bytes that somebody put in the place of a value: they are named, and stay refused', async () => {
    await put(await foreignValue());
    const { rotation } = await rotated(instance, organization);
    assert.equal(rotation.values_resealed, 0);
    await assertRefused('envelope_refused');
  });

  it('is signed over the bytes that docs/sealing.md describes', () => {
    const facts = { instanceId: 'i', organizationId: 'o', secretId: 's', versionId: 'v', keyId: 'k', formerHash: 'f', ciphertextHash: 'c' };
    assert.equal(reSealBytes(facts).toString(), 'holdfast/re-seal/v1\ni\no\ns\nv\nk\nf\nc');
    assert.throws(() => reSealBytes({ ...facts, secretId: 's\nv' }), RangeError);
  });

  it('leaves the former key destroyed when its row is put back from a backup of the database', async () => {
    const saved = await instance.owner
      .selectFrom('organization_private_key')
      .selectAll()
      .where('organization_id', '=', organization.id)
      .executeTakeFirstOrThrow();
    const before = await sealedVersion(instance, secret.versionId);
    await rotated(instance, organization);
    await endFormerKeys(instance, organization);
    await destroyedKey(instance, organization, organization.key.keyId);
    await instance.owner.insertInto('organization_private_key').values(saved).execute();
    await instance.owner.updateTable('organization_key').set({ destroyed_at: null }).where('id', '=', saved.id).execute();
    await put(before.sealed, before.key_id);
    await assertRefused('envelope_refused');
  });
});
