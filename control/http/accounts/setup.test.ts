import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { newToken } from '@holdfast/api';
import { PASSWORD, setUpInstance, signIn, testInstance } from '../../testing/instance.ts';

test('a fresh instance waits to be set up, with a token that only its own user can read', async () => {
  await using instance = await testInstance();
  assert.equal((await instance.call('GET', '/api/instance')).json.setUp, false);
  const path = join(instance.settings.home, 'control', 'setup-token');
  assert.equal(await readFile(path, 'utf8'), instance.plane.setupToken);
  assert.equal((await stat(path)).mode & 0o777, 0o400);
  const { rows } = { rows: await instance.db.selectFrom('setup_token').select('token_hash').execute() };
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes(instance.plane.setupToken ?? 'none'));
});

test('the setup token survives a restart, and is gone once it was used', async () => {
  await using instance = await testInstance();
  const second = await instance.another();
  assert.equal(second.setupToken, instance.plane.setupToken);
  await second.close();

  const made = await setUpInstance(instance);
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.token, /^holdfast_access_/);
  await assert.rejects(readFile(join(instance.settings.home, 'control', 'setup-token')), { code: 'ENOENT' });
  assert.equal((await setUpInstance(instance, 'eve@example.com')).json.code, 'setup_done');

  const third = await instance.another();
  assert.equal(third.setupToken, undefined);
  await third.close();
});

test('of two who use the setup link at the same moment, one wins', async () => {
  await using instance = await testInstance();
  const replies = await Promise.all([setUpInstance(instance, 'one@example.com'), setUpInstance(instance, 'two@example.com')]);
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, 409]);
  assert.equal((await instance.db.selectFrom('auth.user').select('id').execute()).length, 1);
});

test('a wrong setup token makes nothing', async () => {
  await using instance = await testInstance();
  const body = {
    setupToken: newToken('setup'),
    name: 'Eve',
    email: 'eve@example.com',
    password: PASSWORD,
    organization: { name: 'Evil', slug: 'evil' },
  };
  const reply = await instance.call('POST', '/api/setup', { body });
  assert.equal(reply.status, 403);
  assert.equal(reply.json.code, 'setup_token_invalid');
  assert.equal(reply.json.field, 'setupToken');
  assert.equal((await instance.db.selectFrom('auth.user').select('id').execute()).length, 0);
});

test('setup says what is wrong, field by field', async () => {
  await using instance = await testInstance();
  const body = {
    setupToken: instance.plane.setupToken,
    name: ' ',
    email: 'nobody',
    password: 'short',
    organization: { name: 'A', slug: 'Not A Slug' },
  };
  const reply = await instance.call('POST', '/api/setup', { body });
  assert.equal(reply.status, 400);
  assert.deepEqual(
    reply.json.errors.map((error: { field: string }) => error.field),
    ['name', 'email', 'password', 'organization.slug'],
  );
});

test('a short name that looks like an id is refused, so that neither can be taken for the other', async () => {
  await using instance = await testInstance();
  const body = {
    setupToken: instance.plane.setupToken,
    name: 'Ada',
    email: 'ada@example.com',
    password: PASSWORD,
    organization: { name: 'A', slug: '01a20b70-6254-7d9f-9f97-180ea4165fce' },
  };
  assert.equal((await instance.call('POST', '/api/setup', { body })).status, 400);
  assert.equal((await instance.call('GET', '/api/instance')).json.setUp, false, 'nothing was made');
});

test('setting up and signing in are on record', async () => {
  await using instance = await testInstance();
  const { json } = await setUpInstance(instance);
  await signIn(instance, 'ada@example.com');
  const audit = await instance.call('GET', '/api/organizations/acme/audit', { token: json.token });
  const actions = audit.json.items.map((event: { action: string }) => event.action);
  assert.deepEqual(actions, ['session.sign-in', 'token.create', 'organization.create', 'instance.set-up']);
});
