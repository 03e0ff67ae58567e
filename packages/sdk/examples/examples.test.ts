import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { setUp } from '../../../tests/harness/account.ts';
import { cleanEnvironment, startInstance } from '../../../tests/harness/instance.ts';

/** They run from sources, which are compiled once. */
const { NODE_COMPILE_CACHE } = process.env;

test('the examples run, one after the other', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const env = {
    ...cleanEnvironment(home, home),
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
    HOLDFAST_URL: instance.controlUrl,
    HOLDFAST_TOKEN: account.token,
    STRIPE_KEY: 'sk_test_of_this_example',
  };
  const run = async (example: string) =>
    (await promisify(execFile)(process.execPath, ['--no-warnings', join(import.meta.dirname, example)], { env, cwd: home })).stdout;

  assert.equal(await run('set-a-secret.ts'), 'STRIPE_KEY is added.\n');
  assert.equal(await run('set-a-secret.ts'), 'STRIPE_KEY is replaced.\n');
  assert.equal(await run('list-what-is-due.ts'), '');
  assert.match(await run('handle-a-refusal.ts'), /^not_found: There is no secret “NOT_THERE”\./);
});
