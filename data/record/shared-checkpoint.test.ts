import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Checkpoint, formatCheckpoint } from '@holdfast/audit';
import { appendAudit, transaction } from '@holdfast/db';
import { createLogger } from '@holdfast/service';
import { sql } from 'kysely';
import { openRootKey } from '../keys/open-root-key.ts';
import { openSigningKey, type SigningKey } from '../keys/signing-key.ts';
import { type TestInstance, type TestOrganization, testInstance, testOrganization } from '../testing/instance.ts';

async function signingKeyOf({ settings, connectAs }: TestInstance): Promise<SigningKey> {
  const db = connectAs('data');
  try {
    const { id } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
    const { rootKey } = await openRootKey(db as never, settings.rootKeyFile);
    return await openSigningKey(db as never, id, rootKey);
  } finally {
    await db.destroy();
  }
}

async function append({ control }: TestInstance, organization: TestOrganization, count: number): Promise<void> {
  const actor = { kind: 'system' as const, id: null, name: 'test' };
  await transaction(control, (tx) =>
    appendAudit(
      tx,
      organization.id,
      Array.from({ length: count }, () => ({ action: 'audit.export' as const, actor, outcome: 'success' as const })),
    ),
  );
}

/** Another node has signed this, as far as the database says. */
async function share(instance: TestInstance, organization: TestOrganization, facts: Pick<Checkpoint, 'size' | 'root'>): Promise<void> {
  const { id: instanceId, epoch } = await instance.owner.selectFrom('instance').select(['id', 'epoch']).executeTakeFirstOrThrow();
  const time = new Date();
  const note = await formatCheckpoint(
    { instanceId, organizationId: organization.id, epoch, time: time.toISOString(), ...facts },
    await signingKeyOf(instance),
  );
  await instance.owner.insertInto('checkpoint').values({ organization_id: organization.id, size: facts.size, time, note }).execute();
}

test('a node proves that its log extends what another has signed, also from tiles that are missing or wrong', async () => {
  const warnings: string[] = [];
  const logger = Object.assign(createLogger({ name: 'data', level: 'silent' }), {
    warn: ({ event }: { event: string }) => void warnings.push(event),
  });
  await using instance = await testInstance({}, { logger });
  const organization = await testOrganization(instance);
  const { follower } = instance.plane;
  await append(instance, organization, 300);
  const { size, root } = await follower.follow(organization.id).then((log) => ({ size: log.size, root: log.root() }));
  await share(instance, organization, { size, root });
  await append(instance, organization, 400);
  const proved = await follower.followFromShared(organization.id);
  assert.equal(proved.shared?.size, size);
  assert.ok(proved.log.size >= size + 400);
  assert.deepEqual(warnings, [], 'It has the tiles that were filled since.');

  // The tiles decide nothing: the log is read again, from its entries.
  await sql`insert into audit_tile (organization_id, level, index, hashes) values (${organization.id}, 0, 0, ${randomBytes(8_192)})
    on conflict (organization_id, level, index) do update set hashes = excluded.hashes`.execute(instance.owner);
  const again = await follower.followFromShared(organization.id);
  assert.equal(again.log.size, proved.log.size);
  assert.deepEqual(warnings, ['record.tiles_unusable']);
  assert.deepEqual(follower.stopped().size, 0);
});

test('a node whose log contradicts what another has signed stops, and signs nothing', async () => {
  await using instance = await testInstance();
  const organization = await testOrganization(instance);
  const { follower } = instance.plane;
  await append(instance, organization, 5);
  const log = await follower.follow(organization.id);
  const signedBefore = await instance.owner.selectFrom('checkpoint').select('size').execute();
  await share(instance, organization, { size: log.size, root: randomBytes(32) });
  await append(instance, organization, 5);
  await assert.rejects(follower.followFromShared(organization.id), { code: 'record_stopped' });
  assert.equal(follower.stopped().get(organization.id)?.code, 'record_rewritten');
  await instance.plane.close();
  const signedAfter = await instance.owner.selectFrom('checkpoint').select('size').execute();
  assert.equal(signedAfter.length, signedBefore.length + 1, 'only what the test has put there');
  await instance.restart();
});

test('a log that is shorter than what another node has signed is one that was cut', async () => {
  await using instance = await testInstance();
  const organization = await testOrganization(instance);
  const { follower } = instance.plane;
  await append(instance, organization, 5);
  const log = await follower.follow(organization.id);
  await share(instance, organization, { size: log.size + 50, root: randomBytes(32) });
  await assert.rejects(follower.followFromShared(organization.id), { code: 'record_stopped' });
  assert.equal(follower.stopped().get(organization.id)?.code, 'record_rolled_back');
});
