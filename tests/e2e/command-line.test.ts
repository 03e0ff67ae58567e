import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { holdfast } from '../harness/command-line.ts';
import { startInstance } from '../harness/instance.ts';

test('the whole life of a secret on the command line', async (t) => {
  await using instance = await startInstance();
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const password = randomBytes(12).toString('base64url');
  const value = `hunter-${randomBytes(12).toString('hex')}`;
  const environment: Record<string, string> = { HOLDFAST_URL: instance.controlUrl, HOLDFAST_ORGANIZATION: 'acme' };
  const run = (words: string[], input = '') => holdfast(words, { home, environment, input });

  await t.test('setup reads the password from standard input and prints a token', async () => {
    const words = ['setup', '--email', 'ada@example.com', '--name', 'Ada Lovelace', '--organization', 'acme', '--json'];
    const result = await holdfast(words, {
      home,
      environment: { HOLDFAST_URL: instance.controlUrl, HOLDFAST_HOME: instance.home },
      input: `${password}\n`,
    });
    assert.equal(result.code, 0, result.stderr);
    const { token } = JSON.parse(result.stdout) as { token: string };
    assert.match(token, /^\S{30,}$/);
    environment.HOLDFAST_TOKEN = token;
  });

  await t.test('a second setup is refused', async () => {
    const words = ['setup', '--email', 'eve@example.com', '--name', 'Eve', '--organization', 'eve'];
    const result = await holdfast(words, {
      home,
      environment: { HOLDFAST_URL: instance.controlUrl, HOLDFAST_HOME: instance.home },
      input: `${password}\n`,
    });
    assert.equal(result.code, 1);
  });

  await t.test('secret set takes the value from standard input, and never as an argument', async () => {
    const set = await run(['secret', 'set', 'API_KEY'], `${value}\n`);
    assert.equal(set.code, 0, set.stderr);
    assert.ok(!`${set.stdout}${set.stderr}`.includes(value));
    const argument = await run(['secret', 'set', 'API_KEY', 'as-an-argument']);
    assert.equal(argument.code, 2);
  });

  await t.test('many at once from a .env file', async () => {
    const file = join(home, 'many.env');
    await writeFile(file, `FIRST=${randomBytes(12).toString('hex')}\nSECOND="${randomBytes(12).toString('hex')} with a space"\n`, {
      mode: 0o600,
    });
    const result = await run(['secret', 'set', '-f', file]);
    assert.equal(result.code, 0, result.stderr);
  });

  await t.test('secret list shows names and no value', async () => {
    const result = await run(['secret', 'list', '--json']);
    assert.equal(result.code, 0, result.stderr);
    for (const name of ['API_KEY', 'FIRST', 'SECOND']) assert.ok(result.stdout.includes(name), name);
    assert.ok(!result.stdout.includes(value));
  });

  await t.test('secret delete removes it for good', async () => {
    const result = await run(['secret', 'delete', 'API_KEY', '--yes']);
    assert.equal(result.code, 0, result.stderr);
    const again = await run(['secret', 'describe', 'API_KEY']);
    assert.equal(again.code, 1);
  });

  await t.test('the exported record verifies, and an edited one does not', async () => {
    const file = join(home, 'audit.ndjson');
    const exported = await run(['audit', 'export', '--output', file]);
    assert.equal(exported.code, 0, exported.stderr);
    assert.equal((await run(['audit', 'verify', file])).code, 0);
    const text = await readFile(file, 'utf8');
    assert.ok(!text.includes(value));
    assert.ok(text.includes('API_KEY'));
    await writeFile(file, text.replace('API_KEY', 'API_KEX'));
    assert.equal((await run(['audit', 'verify', file])).code, 1);
  });

  await t.test('a wrong token and an unknown command end with their codes', async () => {
    const unauthenticated = await holdfast(['secret', 'list'], {
      home,
      environment: { ...environment, HOLDFAST_TOKEN: 'holdfast_access_wrong' },
    });
    assert.equal(unauthenticated.code, 1);
    assert.equal((await run(['no-such-command'])).code, 2);
  });
});
