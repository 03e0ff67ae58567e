import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../harness/account.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';

interface Problem {
  code?: string;
  detail?: string;
  remedy?: string;
}

test('a database belongs to one home', { timeout: 240_000 }, async (t) => {
  await using database = await emptyDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-homes-'));
  if (process.getuid?.() === 0) await chmod(folder, 0o755);
  t.after(() => rm(folder, { recursive: true, force: true }));
  const environment = { DATABASE_URL: database.ownerUrl };
  const home = join(folder, 'home');
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  await using resources = new AsyncDisposableStack();
  resources.defer(() => superuser.end());
  const endSessions = () =>
    superuser.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  const startRefused = async (at: string, more: Record<string, string> = environment) => {
    await assert.rejects(startInstance({ home: at, environment: more, readyWithinMilliseconds: 30_000 }), (error: Error) => {
      t.diagnostic(error.message.split('\n').slice(1, 3).join(' '));
      return /→/.test(error.message) || /"remedy":"/.test(error.message);
    });
  };

  await using first = await startInstance({ home, environment });
  const account = await setUp(first);
  const statusIs = (status: number) =>
    eventually(`a status of ${status}`, async () => (await account.request('GET', account.at('/secrets'))).status === status);

  await t.test('a start from another home is refused, and the running instance goes on', async () => {
    await startRefused(join(folder, 'other'));
    // New connections too: their passwords are as they were.
    await endSessions();
    await statusIs(200);
    await first.ready(5_000);
  });

  await t.test('a changed password is 503, by name, until the next start sets it right', async () => {
    const { rows } = await superuser.query(`select role_prefix || '_control' as role from holdfast.instance`);
    await superuser.query(`alter role ${rows[0].role} password 'changed'`);
    await endSessions();
    // The first answers may still be about connections that were ended.
    const body = await eventually('a 503 that names the password', async () => {
      const answer = await account.request<Problem>('GET', account.at('/secrets'));
      assert.equal(answer.status, 503);
      return answer.body.detail?.includes('password') ? answer.body : undefined;
    });
    assert.equal(body.code, 'unavailable');
    assert.match(body.remedy ?? '', /starts Holdfast again/);
    await first.stop();
    await using again = await startInstance({ home, environment, controlPort: Number(new URL(first.controlUrl).port) });
    await statusIs(200);
    await again.stop();
  });

  await t.test('a home with a root key and without its database becomes no new instance', async () => {
    const moved = join(folder, 'moved');
    await mkdir(join(moved, 'keys'), { recursive: true });
    await cp(join(home, 'keys', 'root.key'), join(moved, 'keys', 'root.key'));
    await chmod(join(moved, 'keys', 'root.key'), 0o400);
    const key = await readFile(join(moved, 'keys', 'root.key'), 'utf8');
    await startRefused(moved, {});
    assert.ok(!existsSync(join(moved, 'database', 'data')), 'no database was made');
    await using empty = await emptyDatabase();
    await startRefused(moved, { DATABASE_URL: empty.ownerUrl });
    assert.equal(await readFile(join(moved, 'keys', 'root.key'), 'utf8'), key);
  });

  await t.test('a lost root key is not replaced by a new one', async () => {
    const key = await readFile(join(home, 'keys', 'root.key'));
    await rm(join(home, 'keys', 'root.key'), { force: true });
    await startRefused(home);
    assert.ok(!existsSync(join(home, 'keys', 'root.key')));
    await writeFile(join(home, 'keys', 'root.key'), key, { mode: 0o400 });
  });
});
