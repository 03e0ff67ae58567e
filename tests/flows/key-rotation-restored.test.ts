import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../harness/account.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { addSecrets } from '../harness/workspace.ts';

const SECRETS = 400;

test('a backup from the middle of a rotation is restored, and the rotation goes on to its end', { timeout: 400_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-rotated-'));
  if (process.getuid?.() === 0) await chmod(folder, 0o755);
  t.after(() => rm(folder, { recursive: true, force: true }));
  await using resources = new AsyncDisposableStack();
  const [source, target] = [resources.use(await emptyDatabase()), resources.use(await emptyDatabase())];
  const [home, restoredHome, file] = [join(folder, 'home'), join(folder, 'restored'), join(folder, 'holdfast.backup')];
  const run = async (words: string[], at: string, database: { ownerUrl: string }) => {
    const environment = { HOLDFAST_HOME: at, DATABASE_URL: database.ownerUrl };
    const { code, stdout, stderr } = await holdfast([...words, '--json'], { home: folder, environment });
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout) as { check: { values: number; older: unknown[] } };
  };
  {
    await using first = await startInstance({ home, environment: { DATABASE_URL: source.ownerUrl } });
    const account = await setUp(first);
    await addSecrets(account, SECRETS, (number) => [`S${number}`, `value of secret ${number}`]);
    await account.call('POST', account.at('/keys/rotate'), {});
    const { done } = await eventually('some values to be sealed again', async () => {
      const { rotation } = await account.call<{ rotation: { values: { done: number } } }>('GET', account.at('/keys'));
      return rotation.values.done >= 50 && rotation.values;
    });
    // Nobody goes on with it while the backup is made; of a running data plane it would be of a moment that
    // nobody knows.
    const { pid } = await first.plane('data');
    process.kill(pid, 'SIGSTOP');
    try {
      await run(['backup', file], home, source);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.ok(done < SECRETS, 'The rotation was not finished.');
  }
  await mkdir(join(restoredHome, 'keys'), { recursive: true });
  await cp(join(home, 'keys', 'root.key'), join(restoredHome, 'keys', 'root.key'));
  const { check } = await run(['restore', file], restoredHome, target);
  assert.equal(check.values, SECRETS);
  await using _second = await startInstance({ home: restoredHome, environment: { DATABASE_URL: target.ownerUrl } });
  const owner = new pg.Client({ connectionString: target.ownerUrl, options: '-c search_path=holdfast' });
  await owner.connect();
  resources.defer(() => owner.end());
  await eventually(
    'the rotation to be finished',
    async () => (await owner.query('select from key_rotation where finished_at is not null')).rowCount === 1,
    {
      withinMilliseconds: 120_000,
    },
  );
  const { rows } = await owner.query(
    `select k.generation, k.current, count(v.id)::int as values from organization_key k
     left join secret_version v on v.key_id = k.id and v.state <> 'superseded' group by k.generation, k.current order by 1`,
  );
  assert.deepEqual(rows, [
    { generation: 1, current: false, values: 0 },
    { generation: 2, current: true, values: SECRETS },
  ]);
  const events = await owner.query(
    "select count(*)::int as count from audit_event where (facts).action = 'secret.re-seal' and (facts).outcome = 'success'",
  );
  assert.deepEqual(events.rows, [{ count: SECRETS }], 'Each was sealed again once, before or after.');
});
