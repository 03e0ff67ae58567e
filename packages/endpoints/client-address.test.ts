import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress, networkOf, trustedProxies } from './client-address.ts';

const proxies = trustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:ff::/48']);

test('without trusted proxies the client is the other end of the connection, whatever a header says', () => {
  for (const header of ['203.0.113.5', '127.0.0.1', '203.0.113.5, 10.0.0.1', '']) {
    assert.equal(clientAddress('198.51.100.1', header, trustedProxies([])), '198.51.100.1');
  }
});

test('who is no trusted proxy is not believed', () => {
  assert.equal(clientAddress('198.51.100.1', '203.0.113.5', proxies), '198.51.100.1');
  assert.equal(clientAddress('192.0.2.8', '203.0.113.5', proxies), '192.0.2.8');
});

test('a chain is walked from its right end, past trusted proxies only, so that what the client wrote before is not believed', () => {
  assert.equal(clientAddress('10.1.2.3', '203.0.113.5', proxies), '203.0.113.5');
  assert.equal(clientAddress('10.1.2.3', '1.1.1.1, 203.0.113.5', proxies), '203.0.113.5');
  assert.equal(clientAddress('10.1.2.3', '1.1.1.1, 203.0.113.5, 192.0.2.7', proxies), '203.0.113.5');
  assert.equal(clientAddress('10.1.2.3', '10.9.9.9, 203.0.113.5, 10.0.0.1', proxies), '203.0.113.5');
  assert.equal(clientAddress('2001:db8:ff::1', '2001:db8:1::5', proxies), '2001:db8:1::5');
});

test('one address has one spelling: mapped, with a port, in brackets, in capitals', () => {
  for (const entry of ['203.0.113.5', '::ffff:203.0.113.5', '::FFFF:cb00:7105', '203.0.113.5:50000', '[::ffff:203.0.113.5]:443']) {
    assert.equal(clientAddress('::ffff:10.1.2.3', entry, proxies), '203.0.113.5', entry);
  }
  assert.equal(clientAddress('10.1.2.3', '[2001:DB8:0:0::1]:443', proxies), '2001:db8::1');
});

test('what is no address ends the walk at the proxy that passed it on', () => {
  for (const entry of ['unknown', '', '203.0.113', '0x7f.1', '010.0.0.1', '<script>', '203.0.113.5 10.0.0.1']) {
    assert.equal(clientAddress('10.1.2.3', entry, proxies), '10.1.2.3', entry);
  }
  assert.equal(clientAddress('10.1.2.3', `203.0.113.5, ${'10.0.0.1,'.repeat(100)}10.0.0.1`, proxies), '10.0.0.1', 'no chain without end');
});

test('limits count IPv6 by the network of a customer, and IPv4 alone, in every spelling', () => {
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('::FFFF:c000:0201'), '192.0.2.1');
  assert.equal(networkOf('2001:db8::1'), '2001:db8::/64');
  assert.equal(networkOf('2001:db8::1'), networkOf('2001:0DB8:0:0:ffff::2'));
  assert.notEqual(networkOf('2001:db8::1'), networkOf('2001:db8:0:1::1'));
  assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2'));
});
