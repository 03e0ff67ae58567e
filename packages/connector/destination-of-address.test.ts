import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationOfAddress } from './destination-of-address.ts';
import { readHttpAddress } from './http-address.ts';

test('the destination of an address is scheme, host and port as URLs normalise them', () => {
  for (const [address, destination] of [
    ['https://Example.com/a?b#c', 'https://example.com:443'],
    ['http://example.com', 'http://example.com:80'],
    // A dot at the end is another name than the one without: DNS looks no further for it.
    ['https://example.com./a', 'https://example.com.:443'],
    ['https://EXAMPLE.com.:8443/a', 'https://example.com.:8443'],
    ['http://[::1]/', 'http://[::1]:80'],
    ['http://[2001:DB8:0:0:0:0:0:1]:9000/bucket', 'http://[2001:db8::1]:9000'],
    ['http://[::ffff:10.0.0.1]:80', 'http://[::ffff:a00:1]:80'],
    ['http://0x7f.1:8080', 'http://127.0.0.1:8080'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example:443'],
  ] as const) {
    assert.equal(destinationOfAddress(new URL(address), 'The address'), destination);
    assert.equal(readHttpAddress(address, 'Address').destination, destination);
  }
});

test('an address that no destination is made of is refused, without repeating it', () => {
  for (const address of ['https://under_score/', 'https://one,two/', 'https://example.com:0/']) {
    assert.throws(() => readHttpAddress(address, 'Address'), {
      code: 'option_invalid',
      message: 'The option “Address” has a host or port that nothing may be sent to.',
    });
  }
});
