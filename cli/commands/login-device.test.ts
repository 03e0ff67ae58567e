import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newAccessToken, newToken } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { holdfast } from '../../tests/harness/command-line.ts';

test('login shows the server the device that it knows, from the second time on, also after a logout; and no other server', async () => {
  const organization = { id: uuidv7(), name: 'Acme', slug: 'acme', role: 'viewer' };
  const device = newToken('device');
  const shown: (string | undefined)[] = [];
  const serve = () =>
    createServer((request, response) => {
      const json = (status: number, body: unknown, cookies: string[] = []) =>
        response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': cookies }).end(JSON.stringify(body));
      if (request.url === '/api/auth/sign-in/email') {
        shown.push(request.headers.cookie);
        return json(200, {}, ['holdfast.session_token=x.y; Path=/; HttpOnly', `holdfast.device=${device}; Max-Age=15552000; Path=/`]);
      }
      if (request.url === '/api/session')
        return json(200, { user: { id: uuidv7(), name: 'A', email: 'a@b.c' }, organizations: [organization] });
      if (request.url?.endsWith('/tokens')) {
        return json(201, { id: uuidv7(), token: newAccessToken(organization.id), name: 'n', expiresAt: '2027-01-01T00:00:00.000Z' });
      }
      const forbidden = { type: 'about:blank', title: 'T', status: 403, code: 'forbidden', detail: 'D', remedy: 'R' };
      return request.url?.includes('sealing-key') ? json(403, forbidden) : response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
  const servers = [serve(), serve()] as const;
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [first, second] = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`) as [string, string];
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  const run = async (...words: string[]) => {
    const result = await holdfast(words, { home, environment: { XDG_CONFIG_HOME: home }, input: 'correct horse battery staple\n' });
    assert.equal(result.code, 0, result.stderr);
  };
  try {
    await run('login', first, '--email', 'a@b.c');
    await run('logout');
    await run('login', first, '--email', 'a@b.c');
    await run('login', second, '--email', 'a@b.c');
    assert.deepEqual(shown, [undefined, `holdfast.device=${device}`, undefined]);
  } finally {
    for (const server of servers) server.close();
    await rm(home, { recursive: true, force: true });
  }
});
