import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newToken } from '@holdfast/api';
import { holdfast } from '../../tests/harness/command-line.ts';

test('setup makes no account whose token could not be kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-setup-'));
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(503).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    mkdirSync(join(folder, 'home', 'control'), { recursive: true });
    writeFileSync(join(folder, 'home', 'control', 'setup-token'), newToken('setup'));
    mkdirSync(join(folder, 'holdfast'));
    writeFileSync(join(folder, 'holdfast', 'profile.json'), '{"pins":', { mode: 0o600 });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const words = ['setup', '--email', 'a@b.c', '--name', 'Ada', '--organization', 'acme', '--url', url];
    const environment = { XDG_CONFIG_HOME: folder, HOLDFAST_HOME: join(folder, 'home') };
    const setUp = (more: readonly string[]) =>
      holdfast([...words, ...more], { home: folder, environment, input: 'a long enough password\n' });
    const { code, stderr } = await setUp([]);
    assert.deepEqual([code, asked], [1, 0], stderr);
    assert.match(stderr, /profile\.json is damaged/);
    // It keeps nothing, and so has no use for one.
    await setUp(['--json']);
    assert.equal(asked, 1);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('setup sends the setup token and the password unencrypted to another machine only when it is asked to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-setup-'));
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(503).end();
  }).listen(0, '0.0.0.0');
  await once(server, 'listening');
  try {
    mkdirSync(join(folder, 'home', 'control'), { recursive: true });
    writeFileSync(join(folder, 'home', 'control', 'setup-token'), newToken('setup'));
    // An address of this machine, and not one that only this machine has.
    const url = `http://0.0.0.0:${(server.address() as AddressInfo).port}`;
    const setUp = (more: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
      holdfast(['setup', '--json', '--email', 'a@b.c', '--name', 'Ada', '--organization', 'acme', ...more], {
        home: folder,
        environment: { HOLDFAST_HOME: join(folder, 'home'), ...variables },
        input: 'a long enough password\n',
      });
    for (const refused of [await setUp(['--url', url]), await setUp([], { HOLDFAST_URL: url })]) {
      assert.deepEqual([refused.code, asked], [2, 0], refused.stdout);
      assert.match(JSON.parse(refused.stdout).error.message, /is not encrypted: .* Nothing was\.$/);
    }
    await setUp(['--url', url, '--insecure-http']);
    // Where the control plane of this home listens is on this machine.
    await setUp([], { HOLDFAST_CONTROL_LISTEN: url.slice('http://'.length) });
    assert.equal(asked, 2);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
