import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeProfile } from '@holdfast/sdk/node';
import { chooseConnection } from '../../connection.ts';
import { neededKeys, trustedKeys } from './trusted-keys.ts';

const ONE = Buffer.alloc(32, 1).toString('base64url');
const TWO = Buffer.alloc(32, 2).toString('base64url');
const url = 'https://one.example.com';
const pins = { [url]: { signingKey: ONE }, 'https://two.example.com': { signingKey: TWO }, 'https://new.example.com': {} };

test('a key is trusted for the address that it was trusted at, and for no other instance', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-keys-'));
  const former = process.env;
  context.after(() => {
    process.env = former;
    chooseConnection({});
    rmSync(folder, { recursive: true, force: true });
  });
  process.env = { HOME: folder, XDG_CONFIG_HOME: folder };

  assert.deepEqual(await trustedKeys(undefined), []);
  writeProfile({ pins });
  assert.deepEqual(await trustedKeys(undefined), [], 'No address was chosen.');
  await assert.rejects(neededKeys(undefined), { code: 'usage' });
  writeProfile({ url, pins });
  assert.deepEqual(await trustedKeys(undefined), [ONE]);
  process.env.HOLDFAST_URL = 'https://two.example.com';
  assert.deepEqual(await trustedKeys(undefined), [TWO]);
  chooseConnection({ url: 'https://new.example.com' });
  assert.deepEqual(await trustedKeys(undefined), []);
  assert.deepEqual(await trustedKeys([TWO]), [TWO]);
});
