import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { blobClient } from './azurite.ts';

test('each request of the client has a connection of its own, which the emulator cannot end as the next one is sent', async () => {
  let connections = 0;
  await using server = createServer((_, answer) => {
    answer.setHeader('content-type', 'application/xml').end('<StorageServiceProperties />');
  });
  server.on('connection', () => {
    connections += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = blobClient(port, { account: 'store', accountKey: Buffer.alloc(64).toString('base64') });
  for (let request = 0; request < 3; request += 1) await client.getProperties();
  assert.equal(connections, 3);
});
