// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { deleteRows } from '@holdfast/db';
import {
  recordDefinitions,
  type SecretChanges,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { type RecordingService, recordingService } from '../../testing/recording-service.ts';
import { auditOf, finishedRun, logOf, startTestRun } from '../../testing/runs.ts';

const KEY = Buffer.from('a key that nobody else has, 0123456789').toString('base64');
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];
const TEXT = (port: number) =>
  `DefaultEndpointsProtocol=http;AccountName=\${secrets.ACCOUNT};AccountKey=\${secret.KEY};BlobEndpoint=http://127.0.0.1:${port}/\${secrets.ACCOUNT};`;

let instance: TestInstance;
let organization: TestOrganization;
let service: RecordingService;
let names = 0;
before(async () => {
  instance = await testInstance();
  organization = await testOrganization(instance);
});
after(() => instance?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await service?.[Symbol.asyncDispose]();
  service = await recordingService();
});
after(() => service?.[Symbol.asyncDispose]());

/**
 * A component whose connection string is a text with two secrets in it. Both may go to the service, unless it
 * is said.
 */
async function publisherWith(account: SecretChanges = {}, key: SecretChanges = {}, text = TEXT(service.port)) {
  const here = { destinations: [`http://127.0.0.1:${service.port}`] };
  const accountSecret = await testSecret(instance, organization, `ACCOUNT_${++names}`, 'store1', { ...here, ...account });
  const keySecret = await testSecret(instance, organization, `KEY_${names}`, KEY, { ...here, ...key });
  const componentId = await bound({ 'connectionString ACCOUNT': accountSecret, 'connectionString KEY': keySecret }, text);
  return { account: accountSecret, key: keySecret, componentId };
}

async function bound(bindings: Record<string, TestSecret>, text = TEXT(service.port)): Promise<string> {
  return testComponent(instance, organization, { container: 'docs', connectionString: text }, bindings);
}

async function run(componentId: string) {
  const runId = await startTestRun(instance, organization, [componentId], DOCUMENT);
  const { status, failure } = await finishedRun(instance, runId);
  const events = (await auditOf(instance, organization)).filter((event) => event.context?.run === runId);
  const uses = events
    .filter((event) => event.action.startsWith('secret.'))
    .map((event) => `${event.action} ${event.outcome} ${event.target.name.split('_')[0]}`);
  return { runId, status, failure: failure as { code: string; detail: string; secretName: string | null } | null, uses };
}

async function refusedBeforeAnything(componentId: string, code: string, secretName: string | null): Promise<void> {
  const { status, failure, uses } = await run(componentId);
  assert.equal(status, 'failed');
  assert.equal(failure?.code, code, JSON.stringify(failure));
  assert.equal(failure?.secretName, secretName);
  assert.deepEqual(service.requests, []);
  assert.equal(
    uses.some((use) => use.includes('intent')),
    false,
    uses.join(', '),
  );
}

describe('an option with two secrets in its text', { concurrency: false }, () => {
  it('is filled and published with, and each of them is on the record', async () => {
    const { componentId } = await publisherWith();
    const { status, failure, uses } = await run(componentId);
    assert.equal(status, 'succeeded', JSON.stringify(failure));
    assert.deepEqual(service.requests, ['PUT /store1/docs/a.txt']);
    assert.deepEqual(uses, [
      'secret.use intent ACCOUNT',
      'secret.use intent KEY',
      'secret.use-outcome success ACCOUNT',
      'secret.use-outcome success KEY',
    ]);
  });

  it('fails before anything is opened when the second is missing, expired or out of scope, and names it', async () => {
    const gone = await publisherWith();
    await deleteRows(instance.control, 'secret', organization.id, [gone.key.id]);
    await refusedBeforeAnything(gone.componentId, 'secret_missing', gone.key.name);
    const expired = await publisherWith({}, { expiresAt: new Date(Date.now() - 1_000) });
    await refusedBeforeAnything(expired.componentId, 'secret_expired', expired.key.name);
    const foreign = await publisherWith({}, { allProjects: false });
    await refusedBeforeAnything(foreign.componentId, 'secret_out_of_scope', foreign.key.name);
  });

  it('fails when a name in the text is bound to nothing', async () => {
    const secret = await testSecret(instance, organization, 'ONLY', 'store1');
    await refusedBeforeAnything(await bound({ 'connectionString ACCOUNT': secret }), 'secret_missing', 'KEY');
  });

  it('does not take a new secret of the same name', async () => {
    const { key, componentId } = await publisherWith();
    await deleteRows(instance.control, 'secret', organization.id, [key.id]);
    await testSecret(instance, organization, key.name ?? '', KEY);
    await refusedBeforeAnything(componentId, 'secret_missing', key.name);
  });

  it('sends nothing when one of the two may not go where the whole text leads', async () => {
    const elsewhere = { destinations: ['https://acme.blob.core.windows.net:443'] };
    for (const { componentId } of [await publisherWith(elsewhere), await publisherWith({}, elsewhere)]) {
      const { failure, uses } = await run(componentId);
      assert.equal(failure?.code, 'destination_refused');
      assert.deepEqual(service.requests, []);
      assert.ok(uses.includes('secret.use-outcome refused KEY'), uses.join(', '));
    }
  });

  it('is refused when its text, or what a name in it is bound to, was changed beside the record', async () => {
    const { account, key, componentId } = await publisherWith();
    const at = instance.owner.updateTable('component').where('id', '=', componentId);
    const configuration = { container: 'docs', connectionString: TEXT(service.port) };
    await at.set({ configuration: JSON.stringify({ ...configuration, connectionString: `${configuration.connectionString} ` }) }).execute();
    assert.equal((await run(componentId)).failure?.code, 'definition_refused');
    await at.set({ configuration: JSON.stringify(configuration) }).execute();
    const bindings = instance.owner.updateTable('binding').where('consumer_id', '=', componentId);
    await bindings.where('reference', '=', 'KEY').set({ secret_id: account.id }).execute();
    assert.equal((await run(componentId)).failure?.code, 'definition_refused');
    await bindings.where('reference', '=', 'KEY').set({ secret_id: key.id }).execute();
    // The two names exchanged: the same secrets, the same text.
    await bindings.where('reference', '=', 'KEY').set({ reference: 'OTHER' }).execute();
    await bindings.where('reference', '=', 'ACCOUNT').set({ reference: 'KEY' }).execute();
    await bindings.where('reference', '=', 'OTHER').set({ reference: 'ACCOUNT' }).execute();
    assert.equal((await run(componentId)).failure?.code, 'definition_refused');
    assert.deepEqual(service.requests, []);
    await recordDefinitions(instance, organization, { componentId });
  });

  it('is taken out of what is shown, each value by itself and the text that it fills', async () => {
    const { componentId } = await publisherWith();
    service.hasContainer = false;
    const { runId, failure } = await run(componentId);
    service.hasContainer = true;
    const shown = JSON.stringify([failure, await logOf(instance, runId)]);
    assert.ok(!shown.includes(KEY), shown);
  });
});
