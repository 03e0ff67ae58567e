import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DatabaseConnection, deleteRows, transaction } from '@holdfast/db';
import { seal } from '@holdfast/seal';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import {
  assertRefused,
  asTamperer,
  attackSecrets,
  componentId,
  cutEntries,
  hashOf,
  headOf,
  instance,
  organization,
  recordEvent,
  secret,
  service,
  use,
} from '../testing/attacked-secret.ts';
import { ACTOR, testOrganization } from '../testing/instance.ts';

attackSecrets();

const sealedOf = async (versionId: string) =>
  (await instance.owner.selectFrom('sealed_value').select('sealed').where('version_id', '=', versionId).executeTakeFirstOrThrow()).sealed;

/**
 * As the control plane replaces a value. Answers the new version, and what the former one's row and bytes
 * were.
 */
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
      await sql`create unique index audit_event_version on audit_event (organization_id, ((facts).version_id))
        where (facts).version_id is not null`.execute(instance.owner);
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
    const { search_text: __, ...row } = rows.secret;
    await instance.control
      .insertInto('secret')
      .values({ ...row, created_by: ACTOR, replaced_by: null })
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
    // Without a trace in the database: rows, head, checkpoints.
    await cutEntries(3);
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
