import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLogger } from '@holdfast/service';
import { openRootKey } from '../keys/open-root-key.ts';
import { createOpeningKeys } from '../keys/opening-keys.ts';
import { openSigningKey } from '../keys/signing-key.ts';
import { createRecordFollower } from '../record/follower.ts';
import { recordFolder } from '../record/record-folder.ts';
import { ACTOR, type TestInstance, type TestSecret, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { sealedVersion } from '../testing/rotations.ts';
import { checkRecords } from './check-records.ts';
import { checkValues } from './check-values.ts';

let instance: TestInstance;
const resources = new AsyncDisposableStack();
before(async () => {
  instance = resources.use(await testInstance());
});
after(() => resources.disposeAsync());

/** With a folder of its own, as a home has that nothing was signed in. */
async function aCheck() {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-restored-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  const db = instance.connectAs('data');
  resources.defer(() => db.destroy());
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, instance.settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const folder = recordFolder(home);
  const logger = createLogger({ name: 'test', level: 'silent' });
  const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger });
  return {
    records: () => checkRecords({ db, signingKey, folder, follower }),
    values: (sample?: number) =>
      checkValues(db, instanceId, createOpeningKeys(db, instanceId, rootKey), sample === undefined ? {} : { sample }),
  };
}

/** The form is all that the control plane can see: this one has it. */
async function spoil({ versionId }: TestSecret): Promise<void> {
  const { sealed } = await sealedVersion(instance, versionId);
  sealed[sealed.length - 20] = (sealed[sealed.length - 20] ?? 0) ^ 1;
  await instance.owner.updateTable('sealed_value').set({ sealed }).where('version_id', '=', versionId).execute();
}

test('values that do not open are named with their organization, however many, and only when none opens is there a failure', async () => {
  const theirs = await testOrganization(instance);
  const secrets: TestSecret[] = [];
  for (let number = 0; number < 6; number += 1) {
    const secret = await testSecret(instance, theirs, `SPOILED_${number}`, `value number ${number}`);
    await spoil(secret);
    secrets.push(secret);
  }
  const check = await aCheck();
  const useless = await check.values();
  assert.equal(useless.opened, 0);
  assert.match(useless.failures.join(), /None of its 6 values opens/);

  const other = await testOrganization(instance);
  const good = await testSecret(instance, other, 'GOOD', 'a good value');
  const all = await check.values();
  assert.deepEqual([all.values, all.opened, all.failures], [7, 1, []]);
  assert.deepEqual(
    all.unopened.map(({ organization, versionId }) => [organization, versionId]).sort(),
    secrets.map(({ versionId }) => [theirs.slug, versionId]).sort(),
  );
  // Whichever are drawn: those that do not open can fill a sample, and who stores them names their ids.
  for (let time = 0; time < 8; time += 1) assert.deepEqual((await check.values(2)).failures, []);

  await spoil(good);
  assert.match((await check.values(2)).failures.join(), /None of its 7 values opens/);
});

test('a key that is gone is a reason for its own values alone', async () => {
  const organization = await testOrganization(instance);
  const good = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'KEYLESS', 'a value');
  await testSecret(instance, good, 'GOOD', 'a good value');
  await instance.owner
    .updateTable('organization_private_key')
    .set({ wrapped: Buffer.alloc(61, 1) })
    .where('organization_id', '=', organization.id)
    .execute();
  const { unopened, failures } = await (await aCheck()).values();
  assert.deepEqual(failures, []);
  const found = unopened.find(({ versionId }) => versionId === secret.versionId);
  assert.equal(found?.organization, organization.slug);
  assert.match(found?.reason ?? '', /cannot be unwrapped by the root key/);
});

test('a record that does not verify stops its own organization, and a checkpoint that nobody signed none', async () => {
  const organization = await testOrganization(instance);
  const other = await testOrganization(instance);
  const body = JSON.stringify({ action: 'run.start', actor: JSON.parse(ACTOR), outcome: 'success' });
  await instance.owner
    .insertInto('audit_event')
    .values({ organization_id: organization.id, sequence: 9_999, time: new Date(), recorded_by: 'control', body })
    .execute();
  await instance.owner
    .insertInto('checkpoint')
    .values({ organization_id: other.id, size: 9_999, time: new Date(), note: 'not a checkpoint\n' })
    .execute();
  const { stopped, older, entries } = await (await aCheck()).records();
  assert.deepEqual(
    stopped.map((each) => each.organization),
    [organization.slug],
  );
  assert.deepEqual(older, []);
  assert.ok(entries > 0);
});
