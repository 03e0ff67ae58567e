import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import { apiOf, sealFor, setUp } from '../harness/account.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, putSecret } from '../harness/workspace.ts';

interface Restored {
  epoch: number;
  check: {
    opened: number;
    values: number;
    organizations: number;
    older: { organization: string; reason: string }[];
    stopped: { organization: string; reason: string }[];
    unopened: { organization: string; versionId: string }[];
  };
  error?: { message: string; remedy: string };
}

for (const kind of ['embedded', 'external'] as const) {
  test(`a backup of the ${kind} database is restored elsewhere, and is the same instance in a new epoch`, {
    timeout: 240_000,
  }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-backup-'));
    if (process.getuid?.() === 0) await chmod(folder, 0o755);
    t.after(() => rm(folder, { recursive: true, force: true }));
    await using databases = new AsyncDisposableStack();
    const environment = async (): Promise<Record<string, string>> =>
      kind === 'embedded' ? {} : { DATABASE_URL: databases.use(await emptyDatabase()).ownerUrl };
    const [source, target, third] = [await environment(), await environment(), await environment()];
    const home = join(folder, 'home');
    const file = join(folder, 'holdfast.backup');
    const run = async (words: string[], at: string, more: Record<string, string>) => {
      const { code, stdout, stderr } = await holdfast([...words, '--json'], { home: folder, environment: { HOLDFAST_HOME: at, ...more } });
      return { code, body: JSON.parse(stdout || '{}') as Restored, text: stdout + stderr };
    };
    const emptyHome = async (name: string, withKey: boolean) => {
      const path = join(folder, name);
      await mkdir(join(path, 'keys'), { recursive: true });
      if (withKey) await cp(join(home, 'keys', 'root.key'), join(path, 'keys', 'root.key'));
      return path;
    };

    const first = await startInstance({ home, environment: source });
    databases.defer(() => first[Symbol.asyncDispose]());
    const account = await setUp(first);
    const project = await createProject(account, 'Kept');
    for (const name of ['ONE', 'TWO', 'THREE']) await putSecret(account, name, `value of ${name}, long enough`);
    await account
      .call('POST', account.at(`/projects/${project}/documents?name=a.txt`), Buffer.from('a document'), { 'content-type': 'text/plain' })
      .catch(() => {});

    await t.test('made while it runs, for this account alone, without the root key and without a value', async () => {
      const made = await run(['backup', file], home, source);
      assert.equal(made.code, 0, made.text);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      const bytes = await readFile(file);
      const key = /^key (.+)$/m.exec(await readFile(join(home, 'keys', 'root.key'), 'utf8'))?.[1] ?? '';
      for (const form of [key, Buffer.from(key, 'base64url'), 'value of ONE', account.token]) {
        assert.ok(!bytes.includes(form), 'The backup holds what it must not hold.');
      }
      const again = await run(['backup', file], home, source);
      assert.deepEqual([again.code, again.body.error?.message], [2, `${file} exists already.`]);
    });

    await t.test('of two that write one file at the same time, one is whole and the other says so', async () => {
      const path = join(folder, 'twice.backup');
      const both = await Promise.all([run(['backup', path], home, source), run(['backup', path], home, source)]);
      assert.deepEqual(both.map(({ code }) => code).sort(), [0, 2], both.map(({ text }) => text).join('\n'));
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('twice')),
        ['twice.backup'],
      );
    });

    await putSecret(account, 'AFTER', 'made after the backup was');
    // In the form of an envelope, which is all that the control plane can see.
    const spoiled = await sealFor(account, 'never to be opened', 'secret-value');
    const bytes = Buffer.from(spoiled.sealed, 'base64url');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await account.call('PUT', account.at('/secrets/SPOILED'), { envelope: { ...spoiled, sealed: bytes.toString('base64url') } });
    await first.stop();

    await t.test('made while nothing runs is the same', async () => {
      const made = await run(['backup', join(folder, 'cold.backup')], home, source);
      assert.equal(made.code, 0, made.text);
    });

    await t.test('a restore wants the root key, an empty home and an empty database', async () => {
      const without = await run(['restore', file], await emptyHome('without-key', false), target);
      assert.equal(without.code, 1);
      assert.match(without.body.error?.message ?? '', /needs the root key .* there is none here/);
      const used = await run(['restore', file], home, source);
      assert.match(used.body.error?.message ?? '', /is restored into an empty home and an empty database/);
    });

    await t.test('everything is there again; tokens and sessions are not; the record says so', async () => {
      const restoredHome = await emptyHome('restored', true);
      const restored = await run(['restore', file], restoredHome, target);
      assert.equal(restored.code, 0, restored.text);
      assert.deepEqual([restored.body.epoch, restored.body.check.opened, restored.body.check.values], [1, 3, 3]);
      await using second = await startInstance({ home: restoredHome, environment: target });
      const former = apiOf(second.controlUrl, account.token);
      assert.equal((await former.request('GET', account.at('/secrets'))).status, 401, 'The token is gone.');
      const signedIn = await fetch(`${second.controlUrl}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: second.controlUrl },
        body: JSON.stringify({ email: account.email, password: account.password }),
      });
      assert.equal(signedIn.status, 200, await signedIn.clone().text());
      const cookie = signedIn.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ');
      const get = async <T>(path: string) =>
        (await (await fetch(`${second.controlUrl}${account.at(path)}`, { headers: { cookie } })).json()) as T;
      const secrets = await get<{ items?: { name: string }[]; secrets?: { name: string }[] }>('/secrets');
      assert.deepEqual((secrets.items ?? secrets.secrets ?? []).map(({ name }) => name).sort(), ['ONE', 'THREE', 'TWO']);
      assert.match(JSON.stringify(await get('/audit')), /instance\.restore/);
    });

    await t.test('an older state than what was signed is said, and waits for the operator', async () => {
      const again = await emptyHome('again', true);
      const restored = await run(['restore', file, '--checkpoints', join(home, 'data', 'record')], again, third);
      assert.equal(restored.code, 0, restored.text);
      const [older] = restored.body.check.older;
      assert.equal(older?.organization, 'acme', restored.text);
      assert.match(older?.reason ?? '', /what the last \d+ recorded is lost/);
      await using stopped = await startInstance({ home: again, environment: third });
      await eventually('the record to be shown as stopped', async () => {
        const { text } = await run(['record', 'status'], again, third);
        return /record_rolled_back|record_rewritten/.test(text);
      });
      await stopped.stop();
    });

    await t.test('an interrupted restore does not start, and is repeated', async () => {
      if (kind === 'external') return;
      const broken = await emptyHome('broken', true);
      await mkdir(join(broken, 'database', 'data'), { recursive: true });
      await writeFile(join(broken, 'restore-unfinished'), JSON.stringify({ target: 'embedded' }));
      await assert.rejects(startInstance({ home: broken, readyWithinMilliseconds: 20_000 }), /restore .* has begun and not ended/i);
      const restored = await run(['restore', join(folder, 'cold.backup')], broken, target);
      assert.equal(restored.code, 0, restored.text);
      assert.ok(!existsSync(join(broken, 'restore-unfinished')));
      const { opened, values, unopened, stopped } = restored.body.check;
      assert.deepEqual([opened, values, stopped], [4, 5, []]);
      assert.deepEqual(
        unopened.map(({ organization, versionId }) => [organization, versionId]),
        [['acme', spoiled.versionId]],
        'A value that nobody can open keeps none of the others from being restored.',
      );
    });
  });
}
