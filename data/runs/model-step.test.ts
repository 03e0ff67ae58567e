import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ModelServer, startModelServer } from '../../tests/harness/model-server.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { auditOf, finishedRun, logOf, startTestRun } from '../testing/runs.ts';

describe('a run with a model', { concurrency: false }, () => {
  let instance: TestInstance;
  let place: TestOrganization;
  let server: ModelServer;
  before(async () => {
    server = await startModelServer({ tls: false });
    instance = await testInstance();
    place = await testOrganization(instance);
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const document = { name: 'invoice.txt', bytes: Buffer.from('Total: 42 EUR'), contentType: 'text/plain' };
  const outputSchema = '{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}';
  const modelWith = async (narrowedTo: string[], more: Readonly<Record<string, unknown>> = {}) => {
    const secret = await testSecret(instance, place, `MODEL_KEY_${narrowedTo.length}${Object.keys(more).join('_')}`, server.key, {
      narrowedTo,
    });
    const configuration = { baseUrl: `${server.origin}/v1`, model: server.model, outputSchema, ...more };
    return testComponent(instance, place, configuration, { apiKey: secret }, undefined, 'openai-model');
  };

  it('sends the key from an organization secret to its destination, waits as the service asks, and keeps the result', async () => {
    server.turns.push({ status: 429, headers: { 'retry-after': '1' } }, { says: { total: 42 } });
    const runId = await startTestRun(instance, place, [await modelWith([server.origin])], [document]);
    const run = await finishedRun(instance, runId);
    const log = (await logOf(instance, runId)).join('\n');
    assert.equal(run.status, 'succeeded', log);
    assert.equal(server.asked.length, 2);
    const result = await instance.owner
      .selectFrom('item_result as r')
      .innerJoin('document as d', 'd.id', 'r.document_id')
      .innerJoin('document_chunk as c', 'c.document_id', 'd.id')
      .select(['d.name', 'd.content_type', 'c.bytes'])
      .where('r.run_id', '=', runId)
      .executeTakeFirstOrThrow();
    assert.equal(result.name, 'invoice.json');
    assert.deepEqual(JSON.parse(result.bytes.toString()), { total: 42 });
    assert.ok(!log.includes(server.key));
    assert.ok((await auditOf(instance, place)).some(({ action }) => action === 'secret.use'));
  });

  it('says once in its log what the answers of a step took and cost, also of those that did not fit', async () => {
    const documents = [document, { ...document, name: 'second.txt' }];
    server.turns.push({ says: { total: 'many' } });
    const priced = await modelWith([server.origin], { inputPrice: 2, outputPrice: 10 });
    const summary = { componentId: await modelWith([server.origin], { task: 'summarize' }), name: 'summary' };
    const runId = await startTestRun(instance, place, [{ componentId: priced, name: 'fields' }, summary], documents);
    const run = await finishedRun(instance, runId);
    const log = await logOf(instance, runId);
    assert.equal(run.status, 'succeeded', log.join('\n'));
    assert.deepEqual(
      log.filter((line) => line.includes('tokens')),
      [
        'info: “fields” took 3,000 input and 600 output tokens for 3 answers, which cost 0.012.',
        'info: “summary” took 2,000 input and 400 output tokens for 2 answers.',
      ],
    );
  });

  it('gives each result a name of its own, also where the name of one document is the stem of another', async () => {
    const names = ['invoice.pdf', 'invoice.docx', 'invoice.pdf.txt', 'other.txt'];
    const documents = names.map((name) => ({ ...document, name, bytes: Buffer.from(`Total of ${name}: 42 EUR`) }));
    const runId = await startTestRun(instance, place, [await modelWith([server.origin], { instructions: 'Names.' })], documents);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    const results = await instance.owner
      .selectFrom('item_result as r')
      .innerJoin('document as d', 'd.id', 'r.document_id')
      .select('d.name')
      .where('r.run_id', '=', runId)
      .execute();
    const expected = ['invoice.docx.json', 'invoice.pdf.json', 'invoice.pdf.txt.json', 'other.json'];
    assert.deepEqual(results.map(({ name }) => name).toSorted(), expected);
  });

  it('sends nothing where the key may not go', async () => {
    server.lines.length = 0;
    const runId = await startTestRun(instance, place, [await modelWith([])], [document]);
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.match((await logOf(instance, runId)).join('\n'), /may not be sent to http.*; nothing was sent/);
    assert.deepEqual(server.lines, []);
  });
});
