import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { holdfast } from '../harness/command-line.ts';
import { mixedDocuments, writeDocuments } from '../harness/documents.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow } from '../harness/workspace.ts';

test('a workflow is run from the command line, and what uses a secret is shown before it is taken away', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const environment = { HOLDFAST_URL: instance.controlUrl, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: 'acme' };
  const run = (words: string[], input = '') => holdfast(words, { home, environment, input });

  for (const name of ['STORE', 'SPARE']) assert.equal((await run(['secret', 'set', name], azurite.connectionString)).code, 0);
  const project = await createProject(account, 'Invoices');
  const publisher = await createPublisher(account, project, { name: 'Archive', container: 'cli', connection: { secret: 'STORE' } });
  await createWorkflow(account, project, [publisher], { name: 'Publish' });
  const documents = mixedDocuments();
  const paths = await writeDocuments(join(home, 'documents'), documents);

  await t.test('run uploads the documents, follows the run, and each lands with its size and content type', async () => {
    const result = await run(['workflow', 'run', 'Publish', ...paths, '--watch', '--json']);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(JSON.parse(result.stdout).run.items.published, documents.length);
    const blobs = await azurite.listBlobs('cli');
    for (const document of documents) {
      const blob = blobs.find((candidate) => candidate.name === document.name);
      assert.equal(blob?.contentType, document.contentType, document.name);
      assert.equal(blob?.size, document.size);
    }
    const again = await run(['workflow', 'run', 'Publish', ...paths, '--watch']);
    assert.match(again.stdout, new RegExp(`succeeded: 0 published, ${documents.length} unchanged\\.`));
  });

  await t.test('a run wants documents, and files that there are', async () => {
    assert.equal((await run(['workflow', 'run', 'Publish'])).code, 2);
    const missing = await run(['workflow', 'run', 'Publish', 'no-such-file.pdf']);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /no-such-file\.pdf cannot be read/);
  });

  await t.test('describe and delete show every place; --replace-with keeps them working', async () => {
    const described = await run(['secret', 'describe', 'STORE']);
    assert.match(described.stdout, /Used by:\n {2}Invoices \/ Archive: Connection String, in Publish/);
    const unsure = await run(['secret', 'delete', 'STORE']);
    assert.equal(unsure.code, 2);
    assert.match(unsure.stderr, /STORE is used in 1 place:\n {2}Invoices \/ Archive/);
    const replaced = await run(['secret', 'delete', 'STORE', '--replace-with', 'SPARE', '--yes']);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.equal((await run(['workflow', 'run', 'Publish', paths[0] ?? assert.fail(), '--watch'])).code, 0);
  });

  await t.test('a run without its secret fails, and says which one and what to do', async () => {
    assert.equal((await run(['secret', 'delete', 'SPARE', '--yes'])).code, 0);
    const failed = await run(['workflow', 'run', 'Publish', paths[0] ?? assert.fail(), '--watch']);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^failed: .*\n.*“SPARE”/);
    const newest = JSON.parse((await run(['run', 'show', '--json'])).stdout).run;
    assert.equal((await run(['run', 'show', String(newest.number), '--json'])).code, 0);
    const retry = (...words: string[]) => run(['run', 'retry', String(newest.number), '--watch', '--json', ...words]);
    assert.equal((await run(['secret', 'set', 'SPARE'], azurite.connectionString)).code, 0);
    const configuration = { container: 'cli', createContainer: true, connectionString: `\${secret.SPARE}` };
    const at = account.at(`/projects/${project}/components/${publisher}`);
    const { revision } = await account.call<{ revision: number }>('GET', at);
    await account.call('PUT', at, { name: 'Archive', revision, configuration });
    const again = JSON.parse((await retry('--item', documents[0]?.name ?? '')).stdout).run;
    assert.deepEqual([again.id, again.status, again.retries, again.items.waiting], [newest.id, 'succeeded', 1, 0]);
    const nothing = await retry();
    assert.equal(nothing.code, 1);
    assert.equal(JSON.parse(nothing.stdout).error.code, 'nothing_to_retry');
    assert.equal(JSON.parse((await retry('--all')).stdout).run.items.unchanged, 1);
  });
});
