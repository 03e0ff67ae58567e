import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeAt } from '../home/home.ts';
import { readStartSettings } from '../settings.ts';
import { planeEnvironment } from './plane-environments.ts';

const settings = readStartSettings({
  DATABASE_URL: 'postgres://owner:owner-password@db/holdfast',
  HOLDFAST_ROOT_KEY_FILE: '/keys/root.key',
  HOLDFAST_EGRESS_ALLOW: '127.0.0.1:10000',
  HOLDFAST_SMTP_URL: 'smtps://holdfast:smtp-password@mail.example.com?from=holdfast@example.com',
});

test("the control plane learns neither where the root key is nor the owner's database URL", () => {
  const text = JSON.stringify(planeEnvironment('control', { home: homeAt('/home'), certificates: {} }, settings));
  assert.ok(!text.includes('ROOT_KEY') && !text.includes('root.key') && !text.includes('owner-password') && !text.includes('EGRESS'));
  assert.ok(!text.includes('SMTP') && !text.includes('smtp-password'));
});

test('nothing of the surrounding environment is passed on but what any program needs', () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'not for planes';
  try {
    const environment = planeEnvironment('data', { home: homeAt('/home'), certificates: {} }, settings);
    assert.ok(!('AWS_SECRET_ACCESS_KEY' in environment));
    assert.ok(!JSON.stringify(environment).includes('owner-password'));
  } finally {
    delete process.env.AWS_SECRET_ACCESS_KEY;
  }
});
