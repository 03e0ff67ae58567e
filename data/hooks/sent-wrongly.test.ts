import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { newToken } from '@holdfast/api';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { auditOf } from '../testing/runs.ts';
import { firedBy, testTrigger, testWorkflow } from '../testing/triggers.ts';

const HOOK = { kind: 'webhook', signature: 'holdfast', documentName: 'a.json', maximumBytes: 1_000, perMinute: 600 } as const;
const UPLOAD = { kind: 'upload', maximumBytes: 1_000, perMinute: 600 } as const;
const YEARLY = { kind: 'cron', expression: '0 0 1 1 *', timeZone: 'UTC', missed: 'once', missedHours: 24 } as const;

let instance: TestInstance;
let origin: string;
let organization: TestOrganization;
let workflow: string;
before(async () => {
  instance = await testInstance();
  origin = await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
});
after(() => instance?.[Symbol.asyncDispose]());
beforeEach(async () => {
  organization = await testOrganization(instance);
  workflow = await testWorkflow(instance, organization, await testComponent(instance, organization, { container: 'docs' }, {}));
});

async function send(path: string, body: BodyInit, headers: Record<string, string>) {
  const response = await fetch(`${origin}${path}`, { method: 'POST', body, headers });
  const { code, field } = (await response.json()) as { code?: string; field?: string };
  return [response.status, code, field];
}

describe('what is sent to an upload address', { concurrency: false }, () => {
  let token: string;
  let id: string;
  let address: string;
  beforeEach(async () => {
    token = newToken('upload');
    id = await testTrigger(instance, organization, workflow, UPLOAD, { token });
    address = `/uploads/${organization.slug}/${id}`;
  });
  const kept = () => instance.owner.selectFrom('document').select('id').where('organization_id', '=', organization.id).execute();

  it('with an Idempotency-Key of another form starts nothing, since each repetition would start a run', async () => {
    for (const key of ['', 'short', 'x'.repeat(101), 'night of the 17th', 'nächtlich-am-17.']) {
      const reply = await send(`${address}?name=a`, 'one', { 'x-api-key': token, 'idempotency-key': key });
      assert.deepEqual(reply, [400, 'invalid_request', 'Idempotency-Key'], key);
    }
    assert.deepEqual([(await firedBy(instance, id)).runs, await kept()], [[], []]);
    for (const key of ['12345678', 'x'.repeat(100)]) {
      assert.equal((await send(`${address}?name=a`, 'one', { 'x-api-key': token, 'idempotency-key': key }))[0], 202, key);
    }
  });

  it('as a form of more fields than are read starts nothing: a file behind them would be left out', async () => {
    const formOf = (fields: number, files: number) => {
      const form = new FormData();
      for (let number = 0; number < fields; number++) form.append('note', 'x');
      for (let number = 0; number < files; number++) form.append('file', new Blob(['x']), `${number}.txt`);
      return form;
    };
    for (const [fields, files] of [
      [51, 1],
      [60, 95],
    ] as const) {
      assert.deepEqual(await send(address, formOf(fields, files), { 'x-api-key': token }), [413, 'payload_too_large', undefined]);
    }
    assert.deepEqual([(await firedBy(instance, id)).runs, await kept()], [[], []]);
    assert.equal((await send(address, formOf(50, 100), { 'x-api-key': token }))[0], 202);
  });
});

describe('a trigger that takes nothing in this way', { concurrency: false }, () => {
  it('stays as it is, whatever anybody sends to its id', async () => {
    const secret = await testSecret(instance, organization, 'HOOK_KEY', 'a key of a webhook, which nobody else has');
    // Paused, so that nothing but a request could change what is said of it.
    const triggers = {
      schedule: await testTrigger(instance, organization, workflow, YEARLY, { enabled: false }),
      upload: await testTrigger(instance, organization, workflow, UPLOAD, { token: newToken('upload') }),
      webhook: await testTrigger(instance, organization, workflow, HOOK, { secret }),
    };
    for (const [kind, id] of Object.entries(triggers)) {
      if (kind !== 'webhook') await send(`/hooks/${organization.slug}/${id}`, '{}', {});
      if (kind !== 'upload') await send(`/uploads/${organization.slug}/${id}?name=a`, '{}', { 'x-api-key': newToken('upload') });
      assert.equal((await firedBy(instance, id)).state, undefined, kind);
    }
    const refusals = (await auditOf(instance, organization)).filter(({ action }) => action === 'trigger.refuse');
    assert.deepEqual(refusals, []);
  });
});
