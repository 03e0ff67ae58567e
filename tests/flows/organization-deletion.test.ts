import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import type { SignedSealingKey } from '@holdfast/seal';
import pg from 'pg';
import { apiOf, setUp } from '../harness/account.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, putSecret } from '../harness/workspace.ts';

interface Session {
  organizations: { slug: string; deletesAt: string | null }[];
}

test('an organization is deleted at its date, a backup of the week before gives its owners a week again', {
  timeout: 240_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-deletion-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await using database = await emptyDatabase();
  await using other = await emptyDatabase();
  // Ended first: what is connected to the databases.
  await using resources = new AsyncDisposableStack();
  const home = join(folder, 'home');
  const first = await startInstance({ home, environment: { DATABASE_URL: database.ownerUrl } });
  resources.defer(() => first[Symbol.asyncDispose]());
  const owner = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=holdfast' });
  await owner.connect();
  resources.defer(() => owner.end());
  const run = async (words: string[], at: string, more: Record<string, string> = {}) => {
    const result = await holdfast([...words, '--json'], { home: folder, environment: { HOLDFAST_HOME: at, ...more } });
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return JSON.parse(result.stdout || '{}');
  };
  const signIn = async (url: string) => {
    const answer = await fetch(`${url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ email: account.email, password: account.password }),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    const cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    return async <T>(path: string, init: RequestInit = {}) => {
      const headers = { cookie, origin: url, 'content-type': 'application/json' };
      const reply = await fetch(`${url}${path}`, { ...init, headers });
      return { status: reply.status, body: (await reply.json().catch(() => undefined)) as T };
    };
  };

  const account = await setUp(first);
  await createProject(account, 'Doomed');
  await putSecret(account, 'KEPT_FOR_A_WEEK', 'a value, long enough');
  const { signingKey } = await account.call<SignedSealingKey>('GET', account.at('/sealing-key'));
  const asLoggedIn = { HOLDFAST_URL: first.controlUrl, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: 'acme' };
  await run(['organization', 'delete', '--confirm', 'Acme Capital'], home, asLoggedIn);
  await holdfast(['audit', 'export', '--output', join(folder, 'record.ndjson')], { home: folder, environment: asLoggedIn });
  const file = join(folder, 'waiting.backup');
  await run(['backup', file], home, { DATABASE_URL: database.ownerUrl });

  // Its date comes.
  await owner.query("update organization_deletion set delete_at = now() - interval '1 minute'");
  await first.stop();
  const second = await startInstance({ home, environment: { DATABASE_URL: database.ownerUrl } });
  resources.defer(() => second[Symbol.asyncDispose]());
  await eventually('the organization to be gone', async () => (await owner.query('select from deleted_organization')).rowCount === 1, {
    withinMilliseconds: 60_000,
  });
  assert.equal((await owner.query('select from audit_event')).rowCount, 0);
  assert.equal((await apiOf(second.controlUrl, account.token).request('GET', '/api/session')).status, 401);
  const call = await signIn(second.controlUrl);
  assert.deepEqual((await call<Session>('/api/session')).body.organizations, [], 'the account stays');
  const again = await call<{ code: string }>('/api/organizations', {
    method: 'POST',
    body: JSON.stringify({ name: 'Heir', slug: 'acme' }),
  });
  assert.deepEqual([again.status, again.body.code], [409, 'name_taken']);
  const log = await readFile(join(home, 'logs', 'data.log'), 'utf8');
  assert.match(log, /"name":"Acme Capital".*organization deleted/);
  assert.doesNotMatch(log, /record does not verify/);

  // What was exported before still verifies, by the checkpoints that the data plane has kept.
  const record = join(home, 'data', 'record');
  const kept = await eventually('its checkpoints to be set aside', async () =>
    (await readdir(record)).find((name) => name === `deleted-${account.organization.id}`),
  );
  const verified = await holdfast(
    [
      'audit',
      'verify',
      join(folder, 'record.ndjson'),
      '--checkpoints',
      join(record, kept, 'checkpoints'),
      '--signing-key',
      signingKey,
      '--json',
    ],
    { home: folder },
  );
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);

  // The backup, restored after the date.
  const restored = join(folder, 'restored');
  await mkdir(join(restored, 'keys'), { recursive: true });
  await cp(join(home, 'keys', 'root.key'), join(restored, 'keys', 'root.key'));
  await run(['restore', file], restored, { DATABASE_URL: other.ownerUrl });
  const third = await startInstance({ home: restored, environment: { DATABASE_URL: other.ownerUrl } });
  resources.defer(() => third[Symbol.asyncDispose]());
  const look = await signIn(third.controlUrl);
  const [waiting] = (await look<Session>('/api/session')).body.organizations;
  assert.ok(Date.parse(waiting?.deletesAt ?? '') - Date.now() > 6.9 * 86_400_000, waiting?.deletesAt ?? 'not waiting');
  assert.equal((await look('/api/organizations/acme/secrets/KEPT_FOR_A_WEEK')).status, 200);
  assert.equal((await look('/api/organizations/acme/deletion', { method: 'DELETE', body: '{}' })).status, 204);
});
