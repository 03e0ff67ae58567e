import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { connect } from './connection/connect.ts';
import { transaction } from './connection/transaction.ts';
import { createQueue } from './queue.ts';
import { testDatabase } from './testing/index.ts';

const ORGANIZATION = '0199d3a0-0000-7000-8000-000000000001';
const job = (testId: string) => ({ organizationId: ORGANIZATION, testId });

test('a job is worked on when its transaction commits, and never when it does not', async () => {
  await using database = await testDatabase();
  const db = connect(database.controlUrl, { name: 'test' });
  const sender = createQueue(database.controlUrl, { name: 'sender' });
  const worker = createQueue(database.dataUrl, { name: 'worker', work: true });
  await sender.start();
  await worker.start();
  const done: string[] = [];
  const { promise: last, resolve } = Promise.withResolvers<void>();
  await worker.work('component-test', {}, async ({ testId }) => {
    done.push(testId);
    if (testId === 'last') resolve();
  });
  await assert.rejects(
    transaction(db, async (tx) => {
      await sender.send(tx, 'component-test', job('rolled back'));
      throw new Error('changed my mind');
    }),
  );
  await transaction(db, (tx) => sender.send(tx, 'component-test', job('first')));
  await transaction(db, (tx) => sender.send(tx, 'component-test', job('last')));
  await last;
  assert.deepEqual(done, ['first', 'last']);
  await Promise.all([sender.stop(), worker.stop(), db.destroy()]);
});

test('a job whose handler fails comes back', async () => {
  await using database = await testDatabase();
  const db = connect(database.controlUrl, { name: 'test' });
  const sender = createQueue(database.controlUrl, { name: 'sender' });
  const worker = createQueue(database.dataUrl, { name: 'worker', work: true });
  await sender.start();
  await worker.start();
  let attempts = 0;
  const { promise: succeeded, resolve } = Promise.withResolvers<void>();
  await worker.work('organization-key', {}, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('not yet');
    resolve();
  });
  await transaction(db, (tx) => sender.send(tx, 'organization-key', { organizationId: '0199d3a0-0000-7000-8000-000000000001' }));
  await succeeded;
  assert.equal(attempts, 2);
  await Promise.all([sender.stop(), worker.stop(), db.destroy()]);
});

test('a job of a worker that died comes back to another, with no right beyond what roles.sql lists', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const db = connect(database.controlUrl, { name: 'test' });
  open.defer(() => db.destroy());
  const errors: string[] = [];
  const onError = (error: Error) => void errors.push(error.message);
  const sender = createQueue(database.controlUrl, { name: 'sender', onError });
  open.defer(() => sender.stop());
  await sender.start();
  await transaction(db, (tx) => sender.send(tx, 'component-test', job('orphan')));
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  open.defer(() => owner.end());
  await owner.connect();
  await owner.query(
    `update queue.job set state = 'active', started_on = now() - interval '1 hour', heartbeat_on = now() - interval '1 minute'`,
  );
  const worker = createQueue(database.dataUrl, { name: 'worker', work: true, onError });
  open.defer(() => worker.stop());
  await worker.start();
  const { promise: done, resolve } = Promise.withResolvers<string>();
  await worker.work('component-test', {}, async ({ testId }) => resolve(testId));
  assert.equal(await done, 'orphan');
  assert.deepEqual(errors, []);
});

test('a job that is sent again while the same one waits or is worked on is one job', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const db = connect(database.controlUrl, { name: 'test' });
  open.defer(() => db.destroy());
  const sender = createQueue(database.controlUrl, { name: 'sender' });
  open.defer(() => sender.stop());
  await sender.start();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  open.defer(() => owner.end());
  await owner.connect();
  const sendAll = () =>
    transaction(db, async (tx) => {
      await sender.send(tx, 'component-test', job('first'));
      await sender.send(tx, 'organization-key', { organizationId: ORGANIZATION });
    });
  const jobs = async () => (await owner.query('select name, count(*)::int as count from queue.job group by name order by name')).rows;
  const one = ['component-test', 'organization-key'].map((name) => ({ name, count: 1 }));
  for (const state of ['created', 'active']) {
    await sendAll();
    await sendAll();
    assert.deepEqual(await jobs(), one, state);
    await owner.query(`update queue.job set state = 'active', started_on = now()`);
  }
  await transaction(db, (tx) => sender.send(tx, 'component-test', job('second')));
  assert.deepEqual((await jobs())[0], { name: 'component-test', count: 2 });
});
