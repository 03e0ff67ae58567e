import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseAllowList } from '../../testing/allow-list.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { type RecordingService, recordingService } from '../../testing/recording-service.ts';
import { finishedRun, startTestRun } from '../../testing/runs.ts';

let instance: TestInstance;
let service: RecordingService;
before(async () => {
  service = await recordingService();
  instance = await testInstance({ egressAllow: parseAllowList(`acme=127.0.0.1:${service.port}`) });
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});

async function run(organization: TestOrganization): Promise<string> {
  const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  const documents = [{ name: 'a.txt', bytes: Buffer.from('one') }];
  const { status, failure } = await finishedRun(instance, await startTestRun(instance, organization, [componentId], documents));
  return (failure as { code: string } | null)?.code ?? status;
}

test('a private address that the operator allows one organization is refused to every other', async () => {
  assert.equal(await run(await testOrganization(instance, 'acme')), 'succeeded');
  service.requests.length = 0;
  assert.equal(await run(await testOrganization(instance, 'other')), 'address_refused');
  assert.deepEqual(service.requests, []);
});
