import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, putSecret } from '../harness/workspace.ts';

interface TestAnswer {
  passed: boolean;
  failure: { code: string; detail: string } | null;
}

/**
 * Somebody who can write the database cuts the newest events off. The organization is stopped, and only the
 * operator's machine can go on.
 */
test('a record that was cut stops its organization; page, log and doctor say so, and the operator can accept it', {
  timeout: 180_000,
}, async () => {
  await using azurite = await startAzurite();
  await using resources = new AsyncDisposableStack();
  const server = await startTestServer();
  resources.defer(() => server.stop());
  await using instance = await startInstance({
    environment: { DATABASE_URL: server.url, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` },
  });
  const owner = new pg.Client({ connectionString: server.url, options: '-c search_path=holdfast' });
  await owner.connect();
  resources.defer(() => owner.end());
  const account = await setUp(instance);
  const project = await createProject(account, 'Cut');
  await putSecret(account, 'STORE', azurite.connectionString);
  const component = await createPublisher(account, project, { container: 'cut', connection: { secret: 'STORE' } });
  const check = () => account.call<TestAnswer>('POST', account.at(`/projects/${project}/components/${component}/test`));
  const state = () => account.call<{ stopped: { code: string; reason: string } | null }>('GET', account.at('/audit/record'));
  const operator = (words: string[], input = '') =>
    holdfast(words, {
      home: instance.home,
      environment: {
        HOLDFAST_HOME: instance.home,
        DATABASE_URL: server.url,
        HOLDFAST_CONTROL_LISTEN: new URL(instance.controlUrl).host,
        HOLDFAST_DATA_LISTEN: new URL(instance.dataUrl).host,
      },
      input,
    });
  assert.equal((await check()).passed, true);
  assert.equal((await state()).stopped, null);
  assert.equal((await operator(['record', 'status'])).code, 0);

  await owner.query('alter table audit_event disable trigger user');
  await owner.query('delete from audit_event where sequence > (select sequence - 2 from audit_head)');
  await owner.query('update audit_head set sequence = sequence - 2');
  await owner.query('alter table audit_event enable trigger user');

  const refused = await check();
  assert.equal(refused.failure?.code, 'record_stopped');
  assert.match(refused.failure?.detail ?? '', /The audit record of this organization does not verify: /);
  const { stopped } = await eventually('the page to say so', async () => {
    const found = await state();
    return found.stopped === null ? undefined : found;
  });
  // Whether it is shorter now or another one depends on what was written since.
  assert.match(stopped?.code ?? '', /^record_(?:rolled_back|rewritten)$/);
  const status = await operator(['record', 'status']);
  assert.equal(status.code, 1);
  assert.match(status.stdout, /acme: .*record_/);
  const doctor = await operator(['doctor']);
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /✗ The audit record of “acme” does not verify/);

  const unconfirmed = await operator(['record', 'accept', 'acme']);
  assert.equal(unconfirmed.code, 2);
  assert.equal((await check()).failure?.code, 'record_stopped');
  const accepted = await operator(['record', 'accept', 'acme', '--confirm', 'acme']);
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.equal((await check()).passed, true);
  const { items } = await account.call<{ items: { action: string }[] }>('GET', account.at('/audit?action=record.accept'));
  assert.equal(items.length, 1);
  assert.equal((await operator(['record', 'status'])).code, 0);
});
