import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSetting } from '@holdfast/settings';
import { createFixtures } from '../testing/fixtures.ts';
import { testInstance } from '../testing/instance.ts';

test('no document is taken while less than the reserve is free on the disk; everything else goes on', async () => {
  // No disk has so much of itself free, and none so many bytes.
  for (const reserve of ['99.99%', '1000000GiB']) {
    await using instance = await testInstance({ diskReserve: parseSetting('diskReserve', reserve) });
    const token = (await createFixturesWithoutDocuments(instance)).token;
    const refused = await instance.call('POST', `/api/organizations/own/projects/${await project(instance, token)}/documents?name=a.txt`, {
      token,
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    assert.deepEqual([refused.status, refused.json.code], [507, 'storage_full']);
    assert.match(refused.json.remedy, /disk of the database/);
    assert.equal((await instance.call('POST', '/api/organizations/own/projects', { token, body: { name: 'Another' } })).status, 201);
  }
});

test('a document is taken while the reserve is free', async () => {
  await using instance = await testInstance({ diskReserve: { bytes: 1 } });
  await createFixtures(instance, 'own');
});

test('a reserve is bytes or a part of the disk; anything else is refused by the name of the setting', () => {
  assert.deepEqual(parseSetting('diskReserve', '5%'), { percent: 5 });
  assert.deepEqual(parseSetting('diskReserve', '1.5 GiB'), { bytes: 1.5 * 1024 ** 3 });
  assert.deepEqual(parseSetting('diskReserve', '0'), { bytes: 0 });
  for (const text of ['', 'much', '-1', '1GB', '1e9', '100%', '%', '1 2', '99999999999TiB']) {
    assert.throws(() => parseSetting('diskReserve', text), /HOLDFAST_DISK_RESERVE is /, text);
  }
});

type Instance = Awaited<ReturnType<typeof testInstance>>;

async function createFixturesWithoutDocuments(instance: Instance): Promise<{ token: string }> {
  return (await instance.addOrganization('own')).owner;
}

async function project(instance: Instance, token: string): Promise<string> {
  return (await instance.call('POST', '/api/organizations/own/projects', { token, body: { name: 'P' } })).json.id;
}
