import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyRotation, OrganizationKeyFacts } from '@holdfast/api';
import { verifyExport } from '@holdfast/audit';
import { emptyDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { type Account, setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { addSecrets, createProject, createPublisher, createWorkflow, finishRun, putSecret, upload } from '../harness/workspace.ts';

const SECRETS = 2_000;
/** Not measured on a quiet machine: what is far from this is an error, and the figure is printed. */
const VALUES_PER_SECOND_AT_LEAST = 40;

/** Between the runs: some use values at any time, and the processors are left to the rotation. */
const RUN_PAUSE_MILLISECONDS = 250;

interface Keys {
  items: OrganizationKeyFacts[];
  rotation: KeyRotation | null;
}

const keysOf = (account: Account) => account.call<Keys>('GET', account.at('/keys'));

async function finished(account: Account, withinMilliseconds = 240_000): Promise<Keys & { rotation: KeyRotation }> {
  return eventually(
    'the rotation to finish',
    async () => {
      const keys = await keysOf(account);
      const { rotation } = keys;
      return (rotation?.state === 'finished' || rotation?.state === 'incomplete') && { ...keys, rotation };
    },
    { withinMilliseconds },
  );
}

test(`${SECRETS} values are sealed again while runs use them, and the data plane is killed in the middle`, {
  timeout: 900_000,
}, async (t) => {
  await using azurite = await startAzurite();
  await using database = await emptyDatabase();
  await using instance = await startInstance({
    environment: { DATABASE_URL: database.ownerUrl, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` },
  });
  const owner = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=holdfast' });
  await owner.connect();
  await using _owner = { [Symbol.asyncDispose]: () => owner.end() };
  const account = await setUp(instance);
  await putSecret(account, 'STORE', azurite.connectionString);
  const project = await createProject(account, 'Invoices');
  const publishers = [
    await createPublisher(account, project, { name: 'Named', container: 'rotated', connection: { secret: 'STORE' } }),
    await createPublisher(account, project, { name: 'Own', container: 'rotated', connection: { ownValue: azurite.connectionString } }),
  ];
  const workflow = await createWorkflow(account, project, publishers);
  await addSecrets(account, SECRETS, (number) => [`S${number}`, `value of secret ${number}`]);
  const environment = { HOLDFAST_URL: account.url, HOLDFAST_TOKEN: account.token };

  let running = true;
  const outcomes: string[] = [];
  const runs = (async () => {
    for (let number = 0; running; number++) {
      const bytes = Buffer.from(`document ${number}`);
      const open = () => Readable.from([bytes]);
      const document = await upload(account, project, { name: `d${number}.txt`, contentType: 'text/plain', size: bytes.length, open });
      const run = await account.call<{ id: string }>('POST', account.at(`/workflows/${workflow}/runs`), { documentIds: [document] });
      outcomes.push((await finishRun(account, run.id)).status);
      await sleep(RUN_PAUSE_MILLISECONDS);
    }
  })();

  await t.test('it goes on after each kill -9, and every value is sealed again once', async () => {
    const asked = await holdfast(['keys', 'rotate', '--no-wait', '--json'], { home: instance.home, environment });
    assert.equal(asked.code, 0, asked.stderr);
    const kills: number[] = [];
    for (const share of [0.1, 0.4, 0.7]) {
      const { done } = await eventually(
        `${share} of the values`,
        async () => {
          const { rotation } = await keysOf(account);
          return rotation !== null && rotation.values.done >= share * SECRETS && rotation.values;
        },
        { withinMilliseconds: 120_000 },
      );
      const { pid } = await instance.plane('data');
      process.kill(pid, 'SIGKILL');
      kills.push(done);
      const doctor = await holdfast(['doctor', '--json'], { home: instance.home, environment: { HOLDFAST_HOME: instance.home } });
      assert.match(doctor.stdout, /rotation of the sealing key of “acme”, asked for \d+ min ago, is not finished; \d+ values are left/);
      await eventually('another data plane', async () => (await instance.plane('data')).pid !== pid, { withinMilliseconds: 30_000 });
    }
    const { rotation, items } = await finished(account);
    t.diagnostic(`killed after ${kills.join(', ')} of ${rotation.values.total} values`);
    assert.deepEqual(
      [rotation.state, rotation.failed, rotation.values],
      ['finished', 0, { total: SECRETS + 2, done: SECRETS + 2, left: 0 }],
    );
    assert.deepEqual(
      items.map(({ generation, values }) => [generation, values]),
      [
        [2, SECRETS + 2],
        [1, 0],
      ],
    );
    const { rows } = await owner.query(
      "select count(*)::int as events, count(distinct body::jsonb #>> '{target,id}')::int as secrets from audit_event where (facts).action = 'secret.re-seal'",
    );
    assert.deepEqual(rows, [{ events: SECRETS + 2, secrets: SECRETS + 2 }]);
  });

  await t.test('values per second, undisturbed', async () => {
    running = false;
    await runs;
    const asked = performance.now();
    const rotated = await holdfast(['keys', 'rotate', '--json'], { home: instance.home, environment });
    assert.equal(rotated.code, 0, rotated.stderr + rotated.stdout);
    const { rotation } = await finished(account);
    const seconds = (Date.parse(rotation.finishedAt ?? '') - Date.parse(rotation.startedAt ?? '')) / 1_000;
    const rate = rotation.values.done / seconds;
    t.diagnostic(
      `${rotation.values.done} values in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} a second; ${((performance.now() - asked) / 1_000).toFixed(1)} s as seen from the command line`,
    );
    assert.ok(rate >= VALUES_PER_SECOND_AT_LEAST, `${rate} a second`);
  });

  await t.test('no run failed meanwhile, and values work afterwards', async () => {
    assert.ok(outcomes.length > 0);
    assert.deepEqual([...new Set(outcomes)], ['succeeded']);
  });

  await t.test(
    'a client with a pin takes the new key; the former ones are destroyed, and the control plane cannot show them again',
    async () => {
      const set = await holdfast(['secret', 'set', 'PINNED', '--json'], { home: instance.home, environment, input: 'a new value to seal' });
      assert.equal(set.code, 0, set.stderr);
      const status = JSON.parse((await holdfast(['keys', 'status', '--json'], { home: instance.home, environment })).stdout) as {
        keys: OrganizationKeyFacts[];
      };
      assert.deepEqual(
        status.keys.map(({ generation, state }) => [generation, state]),
        [
          [3, 'current'],
          [2, 'retiring'],
          [1, 'retiring'],
        ],
      );
      await owner.query("update organization_key set retired_at = retired_at - interval '1 hour' where retired_at is not null");
      await eventually(
        'both former keys to be destroyed',
        async () => (await keysOf(account)).items.filter(({ state }) => state === 'destroyed').length === 2,
      );
      assert.deepEqual((await owner.query('select count(*)::int as keys from organization_private_key')).rows, [{ keys: 1 }]);
      await sleep(1_000);
      // Somebody who writes the database shows the destroyed key, correctly signed, in the place of the
      // current one.
      await owner.query('begin');
      await owner.query('update organization_key set current = false, retired_at = now() where current');
      await owner.query('update organization_key set current = true, retired_at = null, destroyed_at = null where generation = 2');
      await owner.query('commit');
      const refused = await holdfast(['secret', 'set', 'PINNED', '--json'], { home: instance.home, environment, input: 'never sealed' });
      assert.equal(JSON.parse(refused.stdout).error.code, 'sealing_key_older', refused.stdout + refused.stderr);
      const shown = await holdfast(['keys'], { home: instance.home, environment });
      assert.match(shown.stdout, /NO: a newer sealing key was seen before \(generation 3\)/);
      await owner.query('begin');
      await owner.query('update organization_key set current = false, retired_at = created_at, destroyed_at = now() where generation = 2');
      await owner.query('update organization_key set current = true, retired_at = null where generation = 3');
      await owner.query('commit');
      assert.equal(
        (await holdfast(['secret', 'set', 'PINNED'], { home: instance.home, environment, input: 'a new value to seal' })).code,
        0,
      );
    },
  );

  await t.test('the export verifies, with every value that was sealed again, and not when a signature is taken out', async () => {
    const text = (await account.request<string>('GET', account.at('/audit/export'))).body as string;
    const lines = text.trimEnd().split('\n');
    const sound = await verifyExport(lines);
    assert.ok(sound.valid, JSON.stringify(sound));
    // Without checkpoints, which notice any change: an attacker who forges an entry has none of it signed.
    const forged = lines
      .filter((line) => !line.startsWith('{"checkpoint"'))
      .map((line) => line.replace(/\\"signature\\":\\"[A-Za-z0-9_-]{86}\\"/, `\\"signature\\":\\"${'A'.repeat(86)}\\"`));
    const unsound = await verifyExport(forged);
    assert.equal(unsound.valid === false && unsound.code, 'record_violation');
  });
});
