import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { newToken } from '@holdfast/api';
import { type Reply, send, UPLOAD } from '../testing/deliveries.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { auditOf, finishedRun, itemsOf } from '../testing/runs.ts';
import { firedBy, stateTrigger, testTrigger, testWorkflow } from '../testing/triggers.ts';

let instance: TestInstance;
let service: RecordingService;
let organization: TestOrganization;
let workflow: string;
let component: string;
let origin: string;
before(async () => {
  [instance, service] = await Promise.all([testInstance(), recordingService()]);
  origin = await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  const store = await testSecret(instance, organization, 'STORE', service.connectionString);
  component = await testComponent(instance, organization, { container: 'docs' }, { connectionString: store });
  workflow = await testWorkflow(instance, organization, component);
});

describe('an upload address', { concurrency: false }, () => {
  let token: string;
  let address: string;
  let id: string;
  beforeEach(async () => {
    token = newToken('upload');
    id = await testTrigger(instance, organization, workflow, UPLOAD, { token });
    address = `${origin}/uploads/${organization.slug}/${id}`;
  });
  const bearer = () => ({ authorization: `Bearer ${token}` });
  const form = (...files: [name: string, body: string, type?: string][]) => {
    const data = new FormData();
    for (const [name, body, type] of files) data.append('file', new Blob([body], type === undefined ? {} : { type }), name);
    return data;
  };

  it('starts a run with the files of a form, or with the one that the body is', async () => {
    const several = await send(address, form(['a.txt', 'one', 'text/plain'], ['b.bin', 'x'.repeat(300_000)], ['ü ä.txt', '']), bearer());
    assert.deepEqual([several.status, several.json.documents], [202, 3], JSON.stringify(several.json));
    assert.equal((await finishedRun(instance, several.json.run.id)).status, 'succeeded');
    assert.deepEqual(
      (await itemsOf(instance, several.json.run.id)).map(({ name, size }) => [name, size]),
      [
        ['a.txt', 3],
        ['b.bin', 300_000],
        ['ü ä.txt', 0],
      ],
    );
    const one = await send(`${address}?name=invoices/c.pdf`, 'pdf', { 'x-api-key': token });
    assert.deepEqual([one.status, one.json.documents], [202, 1], JSON.stringify(one.json));
    const [item] = await itemsOf(instance, one.json.run.id);
    assert.deepEqual([item?.name, item?.content_type], ['invoices/c.pdf', 'application/pdf']);
    const start = (await auditOf(instance, organization)).find(({ action }) => action === 'run.start');
    assert.deepEqual([start?.actor.kind, start?.detail?.documents], ['trigger', 3]);
  });

  it('is reached by the id of the organization too', async () => {
    const reply = await send(`${origin}/uploads/${organization.id}/${id}?name=a`, 'one', bearer());
    assert.equal(reply.status, 202, JSON.stringify(reply.json));
  });

  it('takes its token as the API does: as Bearer, with spaces around it, or as x-api-key, but not as both', async () => {
    const to = `${address}?name=a`;
    assert.equal((await send(to, 'one', { authorization: `bearer  ${token} ` })).status, 202);
    const both = await send(to, 'one', { ...bearer(), 'x-api-key': token });
    assert.deepEqual([both.status, both.json.code], [400, 'invalid_request']);
    assert.equal((await send(to, 'one', { authorization: `Basic ${token}` })).status, 401);
    assert.equal((await send(to, 'one', {})).status, 401);
  });

  it('starts one run for an Idempotency-Key', async () => {
    const headers = { ...bearer(), 'idempotency-key': 'night-of-the-17th' };
    const [first, again] = [await send(`${address}?name=a`, 'one', headers), await send(`${address}?name=a`, 'one', headers)];
    assert.deepEqual([first.json.repeated, again.json.repeated, again.json.run.id], [false, true, first.json.run.id]);
  });

  it('is closed by the next request to a token that was replaced or has expired, and to a token of another address', async () => {
    assert.equal((await send(`${address}?name=a`, 'one', bearer())).status, 202);
    const other = newToken('upload');
    await testTrigger(instance, organization, workflow, UPLOAD, { token: other });
    assert.equal((await send(`${address}?name=a`, 'one', { authorization: `Bearer ${other}` })).status, 401);
    const set = (values: object) => instance.control.updateTable('workflow_trigger').set(values).where('id', '=', id).execute();
    await set({ token_expires_at: new Date(Date.now() - 1) });
    assert.equal((await send(`${address}?name=a`, 'one', bearer())).status, 401);
    await set({ token_expires_at: new Date(Date.now() + 60_000) });
    await stateTrigger(instance, organization, id);
    assert.equal((await send(`${address}?name=a`, 'one', bearer())).status, 202);
    await set({ enabled: false });
    const paused = await send(`${address}?name=a`, 'one', bearer());
    assert.deepEqual([paused.status, paused.json.code], [409, 'trigger_paused']);
    await set({ enabled: true, token_hash: Buffer.alloc(32) });
    assert.equal((await send(`${address}?name=a`, 'one', bearer())).status, 401);
  });

  it('takes nothing with a token that somebody put beside the record', async () => {
    const forged = newToken('upload');
    const token_hash = createHash('sha256').update(forged).digest();
    await instance.owner.updateTable('workflow_trigger').set({ token_hash }).where('id', '=', id).execute();
    const reply = await send(`${address}?name=a`, 'one', { authorization: `Bearer ${forged}` });
    assert.deepEqual([reply.status, reply.json.code], [409, 'definition_refused']);
    assert.deepEqual((await firedBy(instance, id)).runs, []);
    const kept = await instance.owner.selectFrom('document').select('id').where('organization_id', '=', organization.id).execute();
    assert.deepEqual(kept, []);
    await stateTrigger(instance, organization, id);
    assert.equal((await send(`${address}?name=a`, 'one', { authorization: `Bearer ${forged}` })).status, 202);
  });

  it('keeps its limits, and nothing of a request that breaks one', async () => {
    const large = 'x'.repeat(1024 ** 2 + 1);
    const cases: [string, Promise<Reply>, number, string][] = [
      ['a large file', send(`${address}?name=a`, large, bearer()), 413, 'payload_too_large'],
      ['a large file behind a small one', send(address, form(['a.txt', 'one'], ['b.txt', large]), bearer()), 413, 'payload_too_large'],
      [
        '101 files',
        send(address, form(...Array.from({ length: 101 }, (_, n): [string, string] => [`${n}`, 'x'])), bearer()),
        413,
        'payload_too_large',
      ],
      ['no file', send(address, form(), bearer()), 400, 'invalid_request'],
      ['no name', send(address, 'one', bearer()), 400, 'invalid_request'],
      ['a name that leaves', send(`${address}?name=../a`, 'one', bearer()), 400, 'invalid_request'],
      [
        'a form that ends early',
        send(address, '--x\r\ncontent-disposition: form-data; name="f"; filename="a"\r\n\r\nab', {
          ...bearer(),
          'content-type': 'multipart/form-data; boundary=x',
        }),
        400,
        'invalid_request',
      ],
      ['no form', send(address, 'x', { ...bearer(), 'content-type': 'multipart/form-data; nothing=x' }), 400, 'invalid_request'],
    ];
    for (const [what, sent, status, code] of cases) {
      const reply = await sent;
      assert.deepEqual([reply.status, reply.json.code], [status, code], `${what}: ${JSON.stringify(reply.json)}`);
    }
    assert.deepEqual((await firedBy(instance, id)).runs, []);
    const documents = await instance.owner.selectFrom('document').select('name').where('organization_id', '=', organization.id).execute();
    const chunks = await instance.owner
      .selectFrom('document_chunk')
      .select('number')
      .where('organization_id', '=', organization.id)
      .execute();
    assert.deepEqual([documents, chunks], [[], []]);
    await instance.control
      .updateTable('workflow_trigger')
      .set({ configuration: JSON.stringify({ ...UPLOAD, perMinute: 1 }) })
      .where('id', '=', id)
      .execute();
    await stateTrigger(instance, organization, id);
    const replies = [await send(`${address}?name=a`, 'one', bearer()), await send(`${address}?name=a`, 'one', bearer())];
    assert.deepEqual(
      replies.map(({ status }) => status),
      [202, 429],
    );
  });
});
