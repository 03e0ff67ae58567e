import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyDatabase } from '@holdfast/db/testing';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { largeDocument, mixedDocuments, sha256, writeDocuments } from '../harness/documents.ts';
import { startDroppingProxy } from '../harness/dropping-proxy.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { freePort } from '../harness/ports.ts';
import {
  createProject,
  createPublisher,
  createWorkflow,
  finishRun,
  listItems,
  putSecret,
  type RunView,
  startRun,
  upload,
} from '../harness/workspace.ts';

interface Preflight {
  passed: boolean;
  checks: { detail: string; failure: { code: string } | null }[];
}

test('runs, on both planes as they are started, against a real Azure Blob service', { timeout: 240_000 }, async (t) => {
  await using azurite = await startAzurite();
  await using proxy = await startDroppingProxy({ port: azurite.port });
  const nobody = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-source-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeDocuments(folder, mixedDocuments());
  // Started by root, the data plane runs as an account of its own.
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'locked.txt'), 'locked', { mode: 0o000 });
  await using database = await emptyDatabase();
  await using instance = await startInstance({
    environment: {
      DATABASE_URL: database.ownerUrl,
      HOLDFAST_EGRESS_ALLOW: [azurite.port, proxy.port, nobody].map((port) => `127.0.0.1:${port}`).join(','),
      HOLDFAST_SOURCE_FOLDERS: `acme:inbox=${folder}`,
    },
  });
  const account = await setUp(instance);
  const project = await createProject(account, 'Flows');
  const throughPort = (port: number) => azurite.connectionString.replace(`127.0.0.1:${azurite.port}`, `127.0.0.1:${port}`);
  /** A secret, a component and a workflow of their own. */
  const build = async (name: string, connectionString: string, options: { folder?: string; metadata?: object } = {}) => {
    await putSecret(account, name, connectionString, options.metadata);
    const component = await createPublisher(account, project, { name, container: name.toLowerCase(), connection: { secret: name } });
    return createWorkflow(account, project, [component], { name, ...(options.folder && { folder: options.folder }) });
  };
  const small = async () => upload(account, project, mixedDocuments()[6] ?? largeDocument(1));

  await t.test('a folder that the operator allowed is published whole, but for a file that may not be read', async () => {
    const workflow = await build('FOLDER', azurite.connectionString, { folder: 'inbox' });
    const run = await finishRun(account, (await startRun(account, workflow)).id);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
    assert.deepEqual(
      (await azurite.listBlobs('folder')).map(({ name, contentType }) => [name, contentType]),
      mixedDocuments()
        .map(({ name, contentType }) => [name, contentType])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    assert.deepEqual([run.items.published, run.items.skipped], [mixedDocuments().length, 1]);
    const left = (await listItems(account, run.id)).filter((item) => item.status === 'skipped');
    assert.deepEqual(
      left.map(({ name, failure }) => [name, failure?.detail]),
      [['locked.txt', '“locked.txt” may not be read by Holdfast.']],
    );
  });

  await t.test('a network that breaks off is tried again, and the document is there once', async () => {
    const workflow = await build('NETWORK', throughPort(proxy.port));
    const id = await small();
    proxy.cutNext(3);
    const run = await finishRun(account, (await startRun(account, workflow, [id])).id, 90_000);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
    assert.ok(proxy.connections > 3, 'It dialled again.');
    assert.equal((await azurite.listBlobs('network')).length, 1);
  });

  await t.test('a service that nobody runs fails the run by name, without the value', async () => {
    const workflow = await build('NOBODY', throughPort(nobody));
    const run = await finishRun(account, (await startRun(account, workflow, [await small()])).id, 120_000);
    assert.equal(run.status, 'failed');
    const log = await account.call<object>('GET', account.at(`/runs/${run.id}/log`));
    const shown = JSON.stringify([run, await listItems(account, run.id), log]);
    assert.match(shown, /upstream_unreachable/);
    assert.ok(!shown.includes(azurite.accountKey));
  });

  await t.test(
    'a data plane that is killed in the middle of a large document goes on with it afterwards',
    { timeout: 120_000 },
    async () => {
      const workflow = await build('LARGE', azurite.connectionString);
      const document = largeDocument(120_000_000);
      const run = await startRun(account, workflow, [await upload(account, project, document), await small()]);
      await eventually('some of it to be sent', async () => {
        const view = await account.call<RunView & { bytes: { sent: number } }>('GET', account.at(`/runs/${run.id}`));
        return view.bytes.sent > 1_000_000 || view.status === 'succeeded';
      });
      process.kill((await instance.plane('data')).pid, 'SIGKILL');
      const ended = await finishRun(account, run.id, 90_000);
      assert.equal(ended.status, 'succeeded', JSON.stringify(ended.failure));
      const blob = (await azurite.listBlobs('large')).find((candidate) => candidate.name === document.name);
      assert.equal(blob?.size, document.size);
      const hash = createHash('sha256')
        .update(await azurite.readBlob('large', document.name))
        .digest('hex');
      assert.equal(hash, await sha256(document));
    },
  );

  await t.test('the same Idempotency-Key starts one run', async () => {
    const workflow = await build('ONCE', azurite.connectionString, { folder: 'inbox' });
    const key = randomUUID();
    const start = () =>
      account.request<RunView>('POST', account.at(`/workflows/${workflow}/runs`), { documentIds: [] }, { 'idempotency-key': key });
    const answers = await Promise.all([start(), start(), start()]);
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    await finishRun(account, answers[0]?.body.id ?? '');
  });

  await t.test('an expired secret fails the run before anything is sent', async () => {
    const workflow = await build('EXPIRED', throughPort(proxy.port), {
      metadata: { expiresAt: new Date(Date.now() + 1_500).toISOString() },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    const dialled = proxy.connections;
    const answer = await account.request<RunView & { code: string }>('POST', account.at(`/workflows/${workflow}/runs`), {
      documentIds: [await small()],
    });
    if (answer.status === 201) {
      const run = await finishRun(account, answer.body.id);
      assert.equal(run.status, 'failed');
      assert.equal(run.failure?.code, 'secret_expired');
      assert.equal(run.failure?.secretName, 'EXPIRED');
    } else {
      assert.equal(answer.body.code, 'workflow_not_runnable');
    }
    assert.equal(proxy.connections, dialled);
  });

  await t.test('a run is cancelled in the middle of a document that the service takes no further', async () => {
    const workflow = await build('CANCEL', throughPort(proxy.port));
    const before = proxy.bytesPassed;
    proxy.holdAfter = 1_000_000;
    const run = await startRun(account, workflow, [await upload(account, project, largeDocument(20_000_000))]);
    await eventually('the transfer to be under way', async () => proxy.bytesPassed > before + 1_000_000);
    assert.equal((await account.call<RunView>('GET', account.at(`/runs/${run.id}`))).status, 'running');
    assert.equal((await account.request('POST', account.at(`/runs/${run.id}/cancel`))).status, 202);
    assert.equal((await finishRun(account, run.id)).status, 'cancelled');
    assert.deepEqual(await azurite.listBlobs('cancel'), []);
  });

  await t.test('a preflight says of each component what a run would meet, and sends nothing when that shows without asking', async () => {
    const preflight = async (workflow: string) => account.call<Preflight>('POST', account.at(`/workflows/${workflow}/preflight`));
    const found = ({ passed, checks }: Preflight) => [passed, ...checks.map(({ failure }) => failure?.code ?? 'passed')];
    const showsBroken = async (workflow: string) =>
      (await account.call<{ broken: { code: string } | null }>('GET', account.at(`/workflows/${workflow}`))).broken?.code ?? null;

    const sound = await build('SOUND', throughPort(proxy.port), { folder: 'inbox' });
    assert.deepEqual(found(await preflight(sound)), [true, 'passed', 'passed']);
    assert.deepEqual(found(await preflight(await build('AWAY', throughPort(nobody)))), [false, 'upstream_unreachable']);

    const dialled = proxy.connections;
    const elsewhere = await createProject(account, 'Elsewhere');
    await account.call('PATCH', account.at('/secrets/SOUND'), { scope: { kind: 'projects', projectIds: [elsewhere] } });
    assert.deepEqual(found(await preflight(sound)), [false, 'passed', 'secret_out_of_scope']);
    const past = await build('PAST', throughPort(proxy.port));
    await account.call('PATCH', account.at('/secrets/PAST'), { expiresAt: '2020-01-01T00:00:00.000Z' });
    assert.deepEqual(found(await preflight(past)), [false, 'secret_expired']);
    await account.call('DELETE', account.at('/secrets/SOUND?confirm=SOUND'));
    assert.deepEqual(found(await preflight(sound)), [false, 'passed', 'secret_missing']);

    await putSecret(account, 'BEARER', 'token-of-the-service-4711');
    const sender = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
      name: 'Sender',
      type: 'http-publisher',
      configuration: { baseUrl: `http://127.0.0.1:${proxy.port}/in`, authentication: 'bearer', credential: `\${secret.BEARER}` },
    });
    const sends = await createWorkflow(account, project, [sender.id], { name: 'Sends' });
    assert.equal(await showsBroken(sends), null, 'who saved it may approve where it sends');
    const { id: secretId } = await account.call<{ id: string }>('GET', account.at('/secrets/BEARER'));
    const destination = `http://127.0.0.1:${proxy.port}`;
    await account.call('POST', account.at('/destinations'), { decision: 'revoke', items: [{ secretId, destination }] });
    const answer = await preflight(sends);
    assert.deepEqual(found(answer), [false, 'destination_refused']);
    assert.match(answer.checks[0]?.detail ?? '', /“BEARER” may not be sent to http:\/\/127\.0\.0\.1:\d+: an owner or admin has revoked it/);
    assert.equal(await showsBroken(sends), 'destination_refused', 'a list shows it without being asked');
    await account.call('PUT', account.at('/destinations/mode'), { mode: 'observe' });
    assert.equal(await showsBroken(sends), null, 'what is only observed does not fail a run');
    await account.call('PUT', account.at('/destinations/mode'), { mode: 'enforce' });
    assert.equal(proxy.connections, dialled, 'Nothing was dialled.');
  });

  await t.test('another organization and one that does not exist answer the same', async () => {
    const paths = ['/secrets', '/secrets/FOLDER', '/audit', '/projects', '/sealing-key', `/projects/${project}`];
    for (const path of paths) {
      const [absent, odd] = await Promise.all(
        ['no-such-organization', '..%2facme'].map((slug) =>
          account.request<{ requestId?: string }>('GET', `/api/organizations/${slug}${path}`),
        ),
      );
      assert.equal(absent?.status, 404, path);
      assert.equal(odd?.status, 404, path);
    }
  });
});
