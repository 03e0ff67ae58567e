import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newAccessToken } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { holdfast } from '../../tests/harness/command-line.ts';

let home: string;
let port: number;
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  response.writeHead(308, { location: `https://holdfast.example.com${request.url}` }).end();
});
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  await once(server.listen(0, '0.0.0.0'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
after(async () => {
  server.close();
  await rm(home, { recursive: true, force: true });
});
const run = (words: readonly string[], environment: Record<string, string> = {}) =>
  holdfast(words, { home, environment: { XDG_CONFIG_HOME: home, ...environment }, input: 'correct horse battery staple\n' });

test('login sends a password unencrypted to another machine only when it is asked to', async () => {
  // An address of this machine, and not one that only this machine has.
  const url = `http://0.0.0.0:${port}`;
  for (const more of [['--email', 'a@b.c'], ['--token']]) {
    const { code, stderr } = await run(['login', url, ...more]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /is not encrypted: .* Nothing was\.\n→ .*--insecure-http/);
  }
  assert.equal(asked, 0);
  const { stderr } = await run(['login', url, '--email', 'a@b.c', '--insecure-http']);
  assert.match(stderr, /redirects to/);
  assert.equal(asked, 1);
});

test('a server that has moved is named with where it is now, also when a token is at hand', async () => {
  const url = `http://127.0.0.1:${port}`;
  const login = await run(['login', url, '--email', 'a@b.c']);
  assert.equal(login.code, 1);
  assert.match(
    login.stderr,
    /^http:\/\/127\.0\.0\.1:\d+ redirects to https:\/\/holdfast\.example\.com\.\n→ .*holdfast login https:\/\/holdfast\.example\.com\n$/,
  );
  const environment = { HOLDFAST_URL: url, HOLDFAST_TOKEN: newAccessToken(uuidv7()), HOLDFAST_ORGANIZATION: 'acme' };
  const list = await run(['--json', 'secret', 'list'], environment);
  assert.deepEqual([list.code, JSON.parse(list.stdout).error.code], [1, 'redirected']);
});

test('a name that is empty is a wrong call, and is not sent', async () => {
  const environment = { HOLDFAST_URL: `http://127.0.0.1:${port}`, HOLDFAST_TOKEN: newAccessToken(uuidv7()), HOLDFAST_ORGANIZATION: 'acme' };
  const before = asked;
  for (const name of ['', '.', '..']) {
    const { code, stderr } = await run(['secret', 'describe', name], environment);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^The name is empty, “\.” or “\.\.”, which names nothing\.\n→ /);
  }
  assert.equal(asked, before);
});
