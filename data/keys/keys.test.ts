import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { chmod, link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { inspect } from 'node:util';
import { auditFact } from '@holdfast/db';
import { connect } from '@holdfast/db/data';
import { testDatabase } from '@holdfast/db/testing';
import { sealingKeyStatement, uuidv7 } from '@holdfast/envelope';
import { generateOrganizationKey } from '@holdfast/open';
import { sql } from 'kysely';
import { type TestInstance, type TestOrganization, testInstance, testOrganization } from '../testing/instance.ts';
import { KeyMismatch } from './key-mismatch.ts';
import { localRootKey, RootKeyError, type WrapContext } from './root-key.ts';
import { createRootKeyFile, readRootKeyFile } from './root-key-file.ts';
import { openSigningKey } from './signing-key.ts';

const CONTEXT: WrapContext = {
  purpose: 'organization-key',
  instanceId: uuidv7(),
  organizationId: uuidv7(),
  keyId: uuidv7(),
  generation: 1,
};
const SECRET = Buffer.alloc(32, 5);

describe('the root key', () => {
  it('unwraps what it has wrapped', async () => {
    const root = localRootKey('root-1', SECRET);
    const wrapped = await root.wrap(Buffer.from('a private key of 32 bytes, padded'), CONTEXT);
    assert.equal((await root.unwrap(wrapped, CONTEXT)).toString(), 'a private key of 32 bytes, padded');
    assert.ok(!wrapped.includes('private'));
  });

  it('refuses a wrapped key with any bit flipped', async () => {
    const root = localRootKey('root-1', SECRET);
    const wrapped = await root.wrap(Buffer.alloc(32, 9), CONTEXT);
    for (let index = 0; index < wrapped.length; index++) {
      const changed = Buffer.from(wrapped);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await assert.rejects(root.unwrap(changed, CONTEXT), RootKeyError, `byte ${index}`);
    }
    for (const length of [0, 1, 29, wrapped.length - 1])
      await assert.rejects(root.unwrap(wrapped.subarray(0, length), CONTEXT), RootKeyError);
  });

  it('refuses a wrapped key in any other place', async () => {
    const root = localRootKey('root-1', SECRET);
    const wrapped = await root.wrap(Buffer.alloc(32, 9), CONTEXT);
    const others: Partial<WrapContext>[] = [
      { purpose: 'signing-key' },
      { instanceId: uuidv7() },
      { organizationId: uuidv7() },
      { keyId: uuidv7() },
      { generation: 2 },
    ];
    for (const other of others) await assert.rejects(root.unwrap(wrapped, { ...CONTEXT, ...other }), RootKeyError);
    await assert.rejects(localRootKey('root-2', SECRET).unwrap(wrapped, CONTEXT), RootKeyError);
    await assert.rejects(localRootKey('root-1', Buffer.alloc(32, 6)).unwrap(wrapped, CONTEXT), RootKeyError);
  });

  it('shows nothing of itself when printed', () => {
    const printed =
      inspect(localRootKey('root-1', SECRET), { depth: 10, showHidden: true }) + JSON.stringify(localRootKey('root-1', SECRET));
    assert.match(printed, /root-1/);
    assert.ok(!printed.includes(SECRET.toString('hex')) && !printed.includes(SECRET.toString('base64url')));
  });
});

test('of two data planes that start at once on an empty database with a root key each, one says what happened and what to do', async () => {
  await using database = await testDatabase();
  const planes = ['ROOT-ONE', 'ROOT-TWO'].map((id, index) => ({
    rootKey: localRootKey(id, Buffer.alloc(32, index)),
    db: connect(database.dataUrl, { name: `test-${index}`, maximumConnections: 1 }),
  }));
  try {
    const outcomes = await Promise.allSettled(planes.map(({ db, rootKey }) => openSigningKey(db, CONTEXT.instanceId, rootKey)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as Error);
    assert.equal(refused.length, 1);
    assert.ok(refused[0] instanceof RootKeyError);
    const { message } = refused[0];
    assert.match(message, /^Another data plane was started on this empty database at the same moment/);
    assert.ok(message.includes('ROOT-ONE') && message.includes('ROOT-TWO'), message);
    assert.match(message, /in place of the one here, which protects nothing, or name it in HOLDFAST_ROOT_KEY_FILE/);
  } finally {
    for (const { db } of planes) await db.destroy();
  }
});

describe('the root key file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-root-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is made for its owner alone, and read again as the same key', async () => {
    const path = join(folder, 'keys/root.key');
    const made = await createRootKeyFile(path);
    assert.equal((await stat(path)).mode & 0o777, 0o400);
    const wrapped = await made.wrap(Buffer.alloc(32, 1), CONTEXT);
    const read = await readRootKeyFile(path);
    assert.equal(read?.id, made.id);
    assert.deepEqual(await read?.unwrap(wrapped, CONTEXT), Buffer.alloc(32, 1));
  });

  it('never takes the place of one that is there', async () => {
    const path = join(folder, 'taken.key');
    await createRootKeyFile(path);
    const before = await readFile(path);
    await assert.rejects(createRootKeyFile(path), RootKeyError);
    assert.deepEqual(await readFile(path), before);
  });

  it('loses the name that it was written under when it is read, where a crash has left it; a copy beside it stays', async () => {
    const folderOfIt = join(folder, 'crashed');
    const path = join(folderOfIt, 'root.key');
    const { id } = await createRootKeyFile(path);
    await link(path, `${path}.${id}`);
    const kept = [`root.key.${uuidv7()}`, 'root.key.copy'];
    await writeFile(join(folderOfIt, kept[0] ?? ''), 'another file');
    await link(path, join(folderOfIt, 'root.key.copy'));
    assert.equal((await readRootKeyFile(path))?.id, id);
    assert.deepEqual((await readdir(folderOfIt)).sort(), ['root.key', ...kept].sort());
  });

  it('is refused when others may read it', async () => {
    const path = join(folder, 'open.key');
    await createRootKeyFile(path);
    for (const mode of [0o440, 0o404, 0o644, 0o420]) {
      await chmod(path, mode);
      await assert.rejects(readRootKeyFile(path), /chmod 400/);
    }
  });

  it('is refused when it is something else, and the message holds nothing of it', async () => {
    const path = join(folder, 'other.key');
    await writeFile(path, 'not a root key but private\n', { mode: 0o400 });
    await assert.rejects(
      readRootKeyFile(path),
      (error: Error) => /is not a root key/.test(error.message) && !error.message.includes('private'),
    );
  });
});

describe('the keys of an instance', { concurrency: false }, () => {
  let instance: TestInstance;
  before(async () => {
    instance = await testInstance();
  });
  after(() => instance?.[Symbol.asyncDispose]());

  it('are made once, signed, and on the record', async () => {
    const organization = await testOrganization(instance);
    const { transaction } = await import('@holdfast/db');
    await transaction(instance.control, (tx) => instance.queue.send(tx, 'organization-key', { organizationId: organization.id }));
    await testOrganization(instance);
    const keys = await instance.control.selectFrom('organization_key').selectAll().where('organization_id', '=', organization.id).execute();
    assert.equal(keys.length, 1);
    const events = await instance.control
      .selectFrom('audit_event')
      .select([auditFact('action').as('action'), 'recorded_by'])
      .where('organization_id', '=', organization.id)
      .execute();
    assert.deepEqual(events, [{ action: 'organization-key.create', recorded_by: 'data' }]);
  });

  it('stay the same over a restart', async () => {
    const before = await instance.control.selectFrom('signing_key').select('id').execute();
    const fingerprint = instance.plane.signingKeyFingerprint;
    assert.equal(instance.plane.rootKeyCreated, true);
    await instance.plane.close();
    await instance.restart();
    assert.equal(instance.plane.rootKeyCreated, false);
    assert.equal(instance.plane.signingKeyFingerprint, fingerprint);
    assert.deepEqual(await instance.control.selectFrom('signing_key').select('id').execute(), before);
  });

  it('lie in the database wrapped only', async () => {
    const { rows } = await sql<{
      wrapped: Buffer;
    }>`select wrapped from organization_private_key union all select wrapped from signing_private_key`.execute(instance.owner);
    assert.ok(rows.length > 0);
    for (const { wrapped } of rows) assert.ok(wrapped.length < 200 && wrapped[0] === 1);
  });

  it('are not replaced when the root key file is lost: the start is refused, and says what to put back', async () => {
    const path = instance.settings.rootKeyFile;
    const saved = await readFile(path);
    await instance.plane.close();
    await rm(path);
    await assert.rejects(
      instance.restart(),
      (error: Error) => error instanceof RootKeyError && error.message.includes(path) && /backup/.test(error.message),
    );
    await createRootKeyFile(path);
    await assert.rejects(instance.restart(), /belongs to this database/);
    await rm(path);
    await writeFile(path, saved, { mode: 0o400 });
    await instance.restart();
  });

  const attacker = () => generateKeyPairSync('ed25519');
  const raw = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(-32);
  const EXCHANGED: [what: string, exchange: (organization: TestOrganization) => Promise<unknown>][] = [
    [
      'the public signing key is another',
      () =>
        instance.owner
          .updateTable('signing_key')
          .set({ public_key: raw(attacker().publicKey) })
          .execute(),
    ],
    [
      'another signing key stands beside it as the current one',
      async () => {
        await instance.owner.updateTable('signing_key').set({ current: false }).execute();
        await instance.owner
          .insertInto('signing_key')
          .values({ id: uuidv7(), public_key: raw(attacker().publicKey), current: true })
          .execute();
      },
    ],
    [
      'another signing key stands beside it, not current',
      () =>
        instance.owner
          .insertInto('signing_key')
          .values({ id: uuidv7(), public_key: raw(attacker().publicKey), current: false })
          .execute(),
    ],
    ['the private signing key is gone', () => instance.owner.deleteFrom('signing_private_key').execute()],
    [
      'a sealing key is another, signed by another',
      async ({ id }) => {
        const row = await instance.owner
          .selectFrom('organization_key')
          .selectAll()
          .where('organization_id', '=', id)
          .executeTakeFirstOrThrow();
        const { id: instanceId } = await instance.owner.selectFrom('instance').select('id').executeTakeFirstOrThrow();
        const { publicKey } = await generateOrganizationKey();
        const statement = sealingKeyStatement({ instanceId, organizationId: id, keyId: row.id, generation: row.generation, publicKey });
        await instance.owner
          .updateTable('organization_key')
          .set({ public_key: Buffer.from(publicKey), signature: sign(null, statement, attacker().privateKey) })
          .where('organization_id', '=', id)
          .execute();
      },
    ],
    [
      'a sealing key was signed for another organization',
      async ({ id }) => {
        const other = await testOrganization(instance);
        const row = await instance.owner
          .selectFrom('organization_key')
          .selectAll()
          .where('organization_id', '=', other.id)
          .executeTakeFirstOrThrow();
        await instance.owner
          .updateTable('organization_key')
          .set({ public_key: row.public_key, signature: row.signature })
          .where('organization_id', '=', id)
          .execute();
      },
    ],
  ];
  for (const [what, exchange] of EXCHANGED) {
    it(`stop the start when ${what}, by name, so that nobody is shown a fingerprint to trust`, async () => {
      const organization = await testOrganization(instance);
      const saved = {
        signing: await instance.owner.selectFrom('signing_key').selectAll().execute(),
        wrapped: await instance.owner.selectFrom('signing_private_key').selectAll().execute(),
        sealing: await instance.owner.selectFrom('organization_key').selectAll().execute(),
      };
      await exchange(organization);
      if (!what.includes('private'))
        await assert.rejects(instance.plane.confirmPublicKeys(), KeyMismatch, 'It is found while the plane runs.');
      await instance.plane.close();
      await assert.rejects(instance.restart(), (error: Error) => error instanceof KeyMismatch && /key [0-9a-f-]{36} /.test(error.message));
      const known = saved.signing.map(({ id }) => id);
      await instance.owner.deleteFrom('signing_key').where('id', 'not in', known).execute();
      for (const { id, created_at: _, ...row } of saved.signing)
        await instance.owner.updateTable('signing_key').set(row).where('id', '=', id).execute();
      for (const row of saved.wrapped) {
        await instance.owner
          .insertInto('signing_private_key')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      for (const { public_key, signature, id } of saved.sealing) {
        await instance.owner.updateTable('organization_key').set({ public_key, signature }).where('id', '=', id).execute();
      }
      await instance.restart();
    });
  }

  it('are shown from the private key: the data plane shows its fingerprint itself', async () => {
    const answer = await instance.plane.server.inject('/signing-key');
    assert.equal((await instance.plane.server.inject({ method: 'POST', url: '/signing-key' })).statusCode, 405);
    const row = await instance.owner.selectFrom('signing_key').select('public_key').executeTakeFirstOrThrow();
    assert.deepEqual(answer.json(), {
      signingKey: row.public_key.toString('base64url'),
      fingerprint: instance.plane.signingKeyFingerprint,
    });
  });
});
