import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationOf, hostAndPort, hostOfDestination, withBrackets, withoutBrackets } from './index.ts';

for (const [host, written] of [
  ['::1', '[::1]'],
  ['2001:db8::1', '[2001:db8::1]'],
  ['127.0.0.1', '127.0.0.1'],
  ['db.example.com', 'db.example.com'],
] as const) {
  test(`the host ${host} stands in a URL as ${written}`, () => {
    assert.equal(withBrackets(host), written);
    assert.equal(withoutBrackets(written), host);
    assert.equal(withoutBrackets(host), host);
    assert.equal(hostAndPort({ host, port: 5432 }), `${written}:5432`);
    const destination = destinationOf(`postgres://${hostAndPort({ host, port: 5432 })}`);
    assert.equal(destination, `postgres://${written}:5432`);
    assert.equal(hostOfDestination(destination), host);
  });
}
