import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as otherWork } from 'node:timers/promises';
import { fromBase64url, uuidv7 } from '@holdfast/envelope';
import { OpenError, type OpeningKey, openSealed } from '@holdfast/open';
import { seal } from '@holdfast/seal';
import { type TestOrganization, testInstance, testOrganization } from '../testing/instance.ts';
import { openRootKey } from './open-root-key.ts';
import { createOpeningKeys } from './opening-keys.ts';

async function sealedFor({ key }: TestOrganization) {
  const secretId = uuidv7();
  const { versionId, sealed } = await seal(key, { secretId, kind: 'secret-value', value: 'a value', destinations: [] });
  const { instanceId, organizationId, keyId } = key;
  const context = { instanceId, organizationId, keyId, secretId, versionId, kind: 'secret-value' as const };
  return (openingKey: OpeningKey) => openSealed(openingKey, context, fromBase64url(sealed));
}

test('an unwrapped key that falls out of the cache opens nothing any more; the next use unwraps it again', async () => {
  await using instance = await testInstance();
  const first = await testOrganization(instance);
  const second = await testOrganization(instance);
  const open = await sealedFor(first);
  const db = instance.connectAs('data');
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, instance.settings.rootKeyFile);
  const keys = createOpeningKeys(db, instanceId, rootKey, { maximum: 1 });

  const kept = await keys.get(first.id, first.key.keyId);
  assert.equal(await keys.get(first.id, first.key.keyId), kept, 'unwrapped once');
  // Falls out between the moment that it is asked for and the moment that it is there: who asked for it still
  // opens with it.
  const [asked] = await Promise.all([
    keys.get(first.id, first.key.keyId).then(async (key) => (await open(key)).value),
    keys.get(second.id, second.key.keyId),
  ]);
  assert.equal(asked, 'a value');
  await otherWork();
  await assert.rejects(open(kept), OpenError);

  const again = await keys.get(first.id, first.key.keyId);
  assert.notEqual(again, kept);
  assert.equal((await open(again)).value, 'a value');

  await instance.owner.deleteFrom('organization_private_key').where('organization_id', '=', first.id).execute();
  await keys.forgetDestroyed();
  await otherWork();
  await assert.rejects(open(again), OpenError, 'a destroyed key');
  await db.destroy();
});
