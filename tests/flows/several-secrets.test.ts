import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import { type Account, sealFor, setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { mixedDocuments } from '../harness/documents.ts';
import { startDroppingProxy } from '../harness/dropping-proxy.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createWorkflow, finishRun, startRun, upload } from '../harness/workspace.ts';

test('a connection string of two secrets publishes into a real service, and nothing is sent when one of them is gone', {
  timeout: 180_000,
}, async () => {
  await using azurite = await startAzurite();
  await using proxy = await startDroppingProxy({ port: azurite.port });
  await using database = await emptyDatabase();
  await using instance = await startInstance({
    environment: { DATABASE_URL: database.ownerUrl, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${proxy.port}` },
  });
  const account = await setUp(instance);
  const project = await createProject(account, 'Flows');
  const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(azurite.connectionString)?.[1] ?? '';
  const here = [`http://127.0.0.1:${proxy.port}`];
  await putFor(account, 'ACCOUNT', part('AccountName'), here);
  await putFor(account, 'KEY', part('AccountKey'), here);
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=\${secrets.ACCOUNT};AccountKey=\${secrets.KEY};BlobEndpoint=${here[0]}/\${secrets.ACCOUNT};`;
  const component = await account.call<{ id: string; revision: number; configuration: Record<string, unknown> }>(
    'POST',
    account.at(`/projects/${project}/components`),
    {
      name: 'Two secrets',
      type: 'azure-blob-publisher',
      configuration: { connectionString, container: 'several', createContainer: true },
    },
  );
  assert.equal(component.configuration.connectionString, connectionString);
  const workflow = await createWorkflow(account, project, [component.id]);
  const [document] = mixedDocuments();
  assert.ok(document);
  const run = async () => finishRun(account, (await startRun(account, workflow, [await upload(account, project, document)])).id);

  const published = await run();
  assert.equal(published.status, 'succeeded', JSON.stringify(published.failure));
  assert.deepEqual(
    (await azurite.listBlobs('several')).map(({ name }) => name),
    [document.name],
  );
  const { items } = await account.call<{ items: { target: { name: string } }[] }>('GET', account.at('/audit?action=secret.use'));
  assert.deepEqual(new Set(items.map(({ target }) => target.name)), new Set(['ACCOUNT', 'KEY']));

  const dialled = proxy.connections;
  await account.call('DELETE', account.at('/secrets/KEY?confirm=KEY'));
  await putFor(account, 'KEY', part('AccountKey'), here);
  const refused = await run();
  assert.equal(refused.failure?.code, 'secret_missing');
  assert.equal(refused.failure?.secretName, 'KEY');
  assert.equal(proxy.connections, dialled);

  // Saved again, the name is bound to the secret that it has now.
  const { configuration, revision } = component;
  await account.call('PUT', account.at(`/projects/${project}/components/${component.id}`), {
    name: 'Two secrets',
    revision,
    configuration,
  });
  assert.equal((await run()).status, 'succeeded');
});

async function putFor(account: Account, name: string, value: string, destinations: readonly string[]): Promise<void> {
  const envelope = await sealFor(account, value, 'secret-value', undefined, destinations);
  await account.call('PUT', account.at(`/secrets/${name}`), { envelope });
}
