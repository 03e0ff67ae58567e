import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { createLogger } from '@holdfast/service';
import { parseSetting } from '@holdfast/settings';
import { type HostRules, isAllowedHost } from './allowed-hosts.ts';
import { createServer } from './server.ts';

const rules = (more: Partial<HostRules> = {}): HostRules => ({ listen: '127.0.0.1', allowed: [], ...more });

test('a server on this machine is asked as the address it listens on, or as localhost, with any port', () => {
  for (const host of [
    '127.0.0.1:7400',
    'localhost:7400',
    'LOCALHOST',
    'localhost.',
    '[::1]:7400',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]:9',
  ]) {
    assert.ok(isAllowedHost(host, '127.0.0.1', rules()), host);
  }
});

test('every other name is refused, however much it looks like one of ours', () => {
  const others = [
    'evil.example',
    'localhost.evil.example',
    'evil.example:7400',
    '127.0.0.1.nip.io',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
  ];
  for (const host of [
    ...others,
    '192.0.2.1:7400',
    'localhost:99999',
    'localhost:x',
    'a b',
    '',
    '@localhost',
    'localhost/x',
    'localhost,evil',
  ]) {
    assert.ok(!isAllowedHost(host, '127.0.0.1', rules()), host);
  }
  assert.ok(!isAllowedHost(undefined, '127.0.0.1', rules()));
});

test('a server on a name or another address is not asked as localhost', () => {
  assert.ok(isAllowedHost('10.0.0.5:7400', '10.0.0.5', rules({ listen: '10.0.0.5' })));
  assert.ok(!isAllowedHost('localhost:7400', '10.0.0.5', rules({ listen: '10.0.0.5' })));
});

test('on all addresses, it is asked as the one that the connection goes to', () => {
  for (const listen of ['0.0.0.0', '::']) {
    assert.ok(isAllowedHost('10.0.0.5:7400', '::ffff:10.0.0.5', rules({ listen })));
    assert.ok(!isAllowedHost('10.0.0.6:7400', '10.0.0.5', rules({ listen })));
    assert.ok(!isAllowedHost('evil.example', '10.0.0.5', rules({ listen })));
    assert.ok(isAllowedHost('localhost', '127.0.0.1', rules({ listen })));
  }
});

test('the public address and HOLDFAST_ALLOWED_HOSTS add names, with a port where one is written', () => {
  const more = rules({ publicUrl: 'https://holdfast.example', allowed: parseSetting('allowedHosts', 'vault.internal, 10.0.0.5:8443') });
  for (const host of ['holdfast.example', 'Holdfast.Example:443', 'vault.internal:1', '10.0.0.5:8443']) {
    assert.ok(isAllowedHost(host, undefined, more), host);
  }
  for (const host of ['10.0.0.5', '10.0.0.5:80', 'x.holdfast.example', 'vault.internal.evil'])
    assert.ok(!isAllowedHost(host, undefined, more), host);
});

async function listening(t: TestContext, hosts: HostRules, host = '127.0.0.1') {
  const server = createServer({ logger: createLogger({ name: 'test', level: 'silent' }), hosts });
  server.get('/x', async () => ({ served: true }));
  await server.listen({ host, port: 0 });
  t.after(() => server.close());
  const address = server.server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  /** As it goes over the wire; fetch would not let us lie about the host. */
  return async (path: string, head: string, to = '127.0.0.1') => {
    const socket = connect(port, to);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.end(`GET ${path} ${head}\r\nConnection: close\r\n\r\n`);
    await once(socket, 'close');
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
  };
}

test('a request under a foreign name is answered 421 with a remedy, on every path, and nothing of it is done', async (t) => {
  const ask = await listening(t, rules());
  assert.equal((await ask('/x', 'HTTP/1.1\r\nHost: localhost')).status, 200);
  for (const path of ['/x', '/nowhere']) {
    const { status, text } = await ask(path, 'HTTP/1.1\r\nHost: evil.example');
    assert.equal(status, 421);
    assert.match(text, /"code":"host_not_allowed"/);
    assert.match(text, /HOLDFAST_ALLOWED_HOSTS/);
    assert.ok(!text.includes('evil.example'));
  }
  assert.equal(
    (await ask('/x', 'HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example')).status,
    200,
    'that header is not looked at',
  );
  assert.equal((await ask('/x', 'HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost')).status, 421);
  assert.equal((await ask('/x', 'HTTP/1.0')).status, 421, 'without a name');
});

test('health may be asked under any address, but under no foreign name', async (t) => {
  const ask = await listening(t, rules());
  for (const path of ['/health/live', '/health/ready']) {
    assert.equal((await ask(path, 'HTTP/1.1\r\nHost: 192.0.2.44:7400')).status, 200);
    assert.equal((await ask(path, 'HTTP/1.1\r\nHost: [2001:db8::1]')).status, 200);
    assert.equal((await ask(path, 'HTTP/1.0')).status, 200, 'without a name, as the simplest probes ask');
    assert.equal((await ask(path, 'HTTP/1.1\r\nHost: evil.example')).status, 421);
  }
});

test('on all addresses, a request under the very address that it was sent to is answered', async (t) => {
  const [outer] = Object.values(networkInterfaces()).flatMap(
    (found) => found?.filter((each) => each.family === 'IPv4' && !each.internal) ?? [],
  );
  if (outer === undefined) return t.skip('this machine has no other address');
  const ask = await listening(t, rules({ listen: '0.0.0.0' }), '0.0.0.0');
  assert.equal((await ask('/x', `HTTP/1.1\r\nHost: ${outer.address}:7400`, outer.address)).status, 200);
  assert.equal((await ask('/x', `HTTP/1.1\r\nHost: ${outer.address}:7400`, '127.0.0.1')).status, 421);
});
