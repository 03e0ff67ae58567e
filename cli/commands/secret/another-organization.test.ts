import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newAccessToken } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { signedKey } from '@holdfast/seal/testing';
import { holdfast } from '../../../tests/harness/command-line.ts';

test('secret set seals nothing for a server that shows another organization’s key, although it is correctly signed', async () => {
  const asked: string[] = [];
  const others = signedKey(new Uint8Array(1_216));
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(others));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  try {
    const environment = {
      HOLDFAST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      HOLDFAST_TOKEN: newAccessToken(uuidv7()),
      HOLDFAST_ORGANIZATION: 'acme',
    };
    const result = await holdfast(['secret', 'set', 'API_KEY', '--json'], { home, environment, input: 'a value to seal\n' });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stdout + result.stderr, /sealing_key_of_another_organization/);
    assert.deepEqual(asked, ['GET /api/organizations/acme/sealing-key']);
  } finally {
    server.close();
    await rm(home, { recursive: true, force: true });
  }
});
