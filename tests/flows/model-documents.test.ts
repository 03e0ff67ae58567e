import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { paragraph, pdfOf, WORD, wordOf } from '@holdfast/document-text/testing';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { startInstance } from '../harness/instance.ts';
import { startModelServer } from '../harness/model-server.ts';
import { createProject, createPublisher, finishRun, putSecret, startRun, upload } from '../harness/workspace.ts';

interface Item {
  name: string;
  steps: { name: string; outcome: string; made: number | null; results: { name: string }[] }[];
}

test('a PDF and a Word document become JSON by a model with an organization secret, and are published with another', {
  timeout: 180_000,
}, async () => {
  await using azurite = await startAzurite();
  await using server = await startModelServer({ tls: false });
  // As people run it: the data plane reads documents in threads, under Node's permission model.
  const allowed = `127.0.0.1:${azurite.port},${new URL(server.origin).host}`;
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: allowed } });
  const account = await setUp(instance);
  await putSecret(account, 'MODEL_KEY', server.key);
  await putSecret(account, 'STORE', azurite.connectionString);
  const project = await createProject(account, 'Invoices');
  // An owner who saves this says by that where the key may go.
  const model = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
    name: 'Invoice reader',
    type: 'openai-model',
    configuration: {
      apiKey: `\${secret.MODEL_KEY}`,
      baseUrl: `${server.origin}/v1`,
      model: server.model,
      task: 'extract',
      outputSchema: JSON.stringify({ type: 'object', required: ['total'], properties: { total: { type: 'number' } } }),
    },
  });
  const publisher = await createPublisher(account, project, { name: 'Archive', container: 'invoices', connection: { secret: 'STORE' } });
  const workflow = await account.call<{ id: string; steps: { name: string; input: string }[] }>('POST', account.at('/workflows'), {
    projectId: project,
    name: 'Read invoices',
    source: { kind: 'upload' },
    steps: [{ componentId: model.id }, { componentId: publisher }],
  });
  assert.deepEqual(
    workflow.steps.map(({ name, input }) => [name, input]),
    [
      ['invoice-reader', 'original'],
      ['archive', 'invoice-reader'],
    ],
  );
  const documents = [
    { name: 'invoice.pdf', contentType: 'application/pdf', bytes: pdfOf(['Invoice 17', 'Total 42 EUR']) },
    { name: 'letter.docx', contentType: WORD, bytes: wordOf(paragraph('Total 42 of the letter')) },
  ];
  const ids: string[] = [];
  for (const { name, contentType, bytes } of documents) {
    ids.push(await upload(account, project, { name, contentType, size: bytes.length, open: () => Readable.from([bytes]) }));
  }
  const run = await finishRun(account, (await startRun(account, workflow.id, ids)).id);
  assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
  const asked = JSON.stringify(server.asked);
  assert.ok(asked.includes('Total 42 EUR') && asked.includes('Total 42 of the letter'), asked.slice(0, 2_000));

  const blobs = await azurite.listBlobs('invoices');
  assert.deepEqual(blobs.map(({ name }) => name).toSorted(), ['invoice.json', 'letter.json']);
  assert.deepEqual(JSON.parse((await azurite.readBlob('invoices', 'invoice.json')).toString()), { total: 42 });
  const { items } = await account.call<{ items: Item[] }>('GET', account.at(`/runs/${run.id}/items`));
  assert.deepEqual(
    items.map(({ name, steps }) => [name, steps.map((step) => [step.name, step.outcome, step.results.map((result) => result.name)])]),
    [
      [
        'invoice.pdf',
        [
          ['invoice-reader', 'made', ['invoice.json']],
          ['archive', 'published', []],
        ],
      ],
      [
        'letter.docx',
        [
          ['invoice-reader', 'made', ['letter.json']],
          ['archive', 'published', []],
        ],
      ],
    ],
  );
  const uses = await account.call<{ items: { target: { name: string } }[] }>('GET', account.at('/audit?action=secret.use'));
  assert.deepEqual(new Set(uses.items.map(({ target }) => target.name)), new Set(['MODEL_KEY', 'STORE']));
});
