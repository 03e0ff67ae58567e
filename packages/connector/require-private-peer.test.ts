import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { ConnectorError } from './connector-error.ts';
import { requirePrivatePeer } from './require-private-peer.ts';

/** Whether it was left open, for the address of its peer. */
function isLeft(remoteAddress: string | undefined): boolean {
  let open = true;
  const socket = { remoteAddress, destroy: () => (open = false) } as unknown as Socket;
  try {
    requirePrivatePeer(socket, '“Without TLS”', 'mail.example:25', 'Turn it off.');
    return open;
  } catch (error) {
    assert.ok(error instanceof ConnectorError && error.code === 'option_invalid', String(error));
    assert.match(error.message, /^“Without TLS” is only for a private network, and mail\.example:25 is not in one\. Nothing was sent\.$/);
    assert.equal(open, false);
    return false;
  }
}

test('only peers of private networks and of this machine are spoken to without TLS', () => {
  for (const address of [
    '10.0.0.1',
    '127.0.0.2',
    '192.168.7.7',
    '172.16.0.1',
    '172.31.255.255',
    '::ffff:10.1.2.3',
    '::1',
    'fd00::1',
    'FC12::9',
  ]) {
    assert.ok(isLeft(address), address);
  }
  const outside = [
    '203.0.113.7',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '110.0.0.1',
    '::ffff:8.8.8.8',
    '2001:db8::1',
    '::10.0.0.1',
    'fe80::1',
  ];
  for (const address of [...outside, '::1:2', '100.64.0.1', '169.254.169.254', '', undefined])
    assert.equal(isLeft(address), false, address);
});
