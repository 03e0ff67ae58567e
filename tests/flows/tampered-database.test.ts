import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { startDroppingProxy } from '../harness/dropping-proxy.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, putSecret } from '../harness/workspace.ts';

interface TestAnswer {
  passed: boolean;
  failure: { code: string } | null;
}

/** Somebody can write the database as its owner. What was moved, put back or added must not open. */
test('rows that were changed by hand do not open, and nothing is sent', { timeout: 120_000 }, async (t) => {
  await using azurite = await startAzurite();
  await using proxy = await startDroppingProxy({ port: azurite.port });
  await using database = await emptyDatabase();
  await using resources = new AsyncDisposableStack();
  await using instance = await startInstance({
    environment: { DATABASE_URL: database.ownerUrl, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${proxy.port}` },
  });
  const owner = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=holdfast' });
  await owner.connect();
  resources.defer(() => owner.end());
  const account = await setUp(instance);
  const project = await createProject(account, 'Tampered');
  const connectionString = azurite.connectionString.replace(`127.0.0.1:${azurite.port}`, `127.0.0.1:${proxy.port}`);
  const components: Record<string, string> = {};
  for (const name of ['FIRST', 'SECOND']) {
    await putSecret(account, name, connectionString);
    components[name] = await createPublisher(account, project, { name, container: 'tampered', connection: { secret: name } });
  }
  const check = (name: string) => account.call<TestAnswer>('POST', account.at(`/projects/${project}/components/${components[name]}/test`));
  const versionOf = async (name: string) =>
    (
      await owner.query<{ version_id: string; sealed: Buffer; key_id: string }>(
        `select v.id as version_id, v.key_id, s.sealed from secret c join secret_version v on v.secret_id = c.id and v.state = 'current'
         join sealed_value s on s.version_id = v.id where c.name = $1`,
        [name],
      )
    ).rows[0] ?? assert.fail(`${name} has no version`);
  const put = (version: string, sealed: Buffer) =>
    owner.query('update sealed_value set sealed = $2 where version_id = $1', [version, sealed]);
  const assertRefused = async (name: string) => {
    const dialled = proxy.connections;
    const answer = await check(name);
    assert.equal(answer.passed, false);
    assert.equal(answer.failure?.code, 'envelope_refused');
    assert.equal(proxy.connections, dialled, 'Something was sent.');
  };

  assert.equal((await check('FIRST')).passed, true, 'It works before anything is changed.');
  const first = await versionOf('FIRST');
  const second = await versionOf('SECOND');

  await t.test('two ciphertexts that changed places', async () => {
    await put(first.version_id, second.sealed);
    await put(second.version_id, first.sealed);
    await assertRefused('FIRST');
    await assertRefused('SECOND');
    await put(first.version_id, first.sealed);
    await put(second.version_id, second.sealed);
  });

  await t.test('one bit that was flipped', async () => {
    const flipped = Buffer.from(first.sealed);
    flipped[flipped.length - 20] = (flipped[flipped.length - 20] ?? 0) ^ 1;
    await put(first.version_id, flipped);
    await assertRefused('FIRST');
    await put(first.version_id, first.sealed);
  });

  await t.test('a value that was replaced, put back as it was', async () => {
    await putSecret(account, 'FIRST', connectionString);
    const replaced = await versionOf('FIRST');
    assert.notEqual(replaced.version_id, first.version_id);
    await put(replaced.version_id, first.sealed);
    await assertRefused('FIRST');
    await put(replaced.version_id, replaced.sealed);
    assert.equal((await check('FIRST')).passed, true);
  });

  await t.test('a version that the audit record never committed to', async () => {
    await owner.query("update secret_version set state = 'superseded' where id = $1", [second.version_id]);
    await owner.query(
      `insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
       select organization_id, secret_id, '019c0000-0000-7000-8000-00000000dead', key_id, 'current', created_by from secret_version where id = $1`,
      [second.version_id],
    );
    await owner.query(
      `insert into sealed_value select organization_id, '019c0000-0000-7000-8000-00000000dead', sealed from sealed_value where version_id = $1`,
      [second.version_id],
    );
    await assertRefused('SECOND');
  });
});
