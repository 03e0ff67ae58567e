import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSignInLimit, network } from './sign-in-limit.ts';

test('all spellings of an address count as one, and IPv6 by the network of a customer', () => {
  assert.equal(network('192.0.2.1'), '192.0.2.1');
  assert.equal(network('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(network('::FFFF:c000:0201'), '192.0.2.1');
  assert.equal(network('2001:db8::1'), network('2001:0DB8:0:0:ffff::2'));
  assert.equal(network('2001:db8::1'), '2001:db8:0:0::/64');
  assert.notEqual(network('2001:db8::1'), network('2001:db8:0:1::1'));
  assert.equal(network('fe80::1%eth0'), network('fe80::2'));
});

test('attempts are counted for the pair, the address and the e-mail, and forgotten after the window', () => {
  let now = 0;
  const limit = createSignInLimit(() => now);
  for (let round = 0; round < 10; round++) limit.attempt('192.0.2.1', 'a@example.com');
  assert.throws(() => limit.attempt('192.0.2.1', 'A@example.com'), { code: 'rate_limited' });
  limit.attempt('192.0.2.2', 'a@example.com');
  now += 15 * 60 * 1000 + 1;
  limit.attempt('192.0.2.1', 'a@example.com');
});

test('one address cannot try many accounts', () => {
  const limit = createSignInLimit(() => 0);
  for (let round = 0; round < 60; round++) limit.attempt('2001:db8::1', `${round}@example.com`);
  assert.throws(() => limit.attempt('2001:db8::ffff', 'new@example.com'), { code: 'rate_limited' });
});

test('many addresses cannot try one account for ever', () => {
  const limit = createSignInLimit(() => 0);
  for (let round = 0; round < 100; round++) limit.attempt(`198.51.100.${round}`, 'a@example.com');
  assert.throws(() => limit.attempt('203.0.113.1', 'a@example.com'), { code: 'rate_limited' });
});
