import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appendAudit, connect, type DatabaseConnection, locking, lockNamed, transaction } from './index.ts';
import { type TestDatabase, testDatabase } from './testing/index.ts';

let database: TestDatabase;
let db: DatabaseConnection;
before(async () => {
  database = await testDatabase();
  db = connect(database.ownerUrl, { name: 'test' });
});
after(async () => {
  await db.destroy();
  await database[Symbol.asyncDispose]();
});

test('in tests a transaction that locks out of order is refused, and its change is undone', async () => {
  const organizationId = crypto.randomUUID();
  const wrong = transaction(db, async (tx) => {
    await appendAudit(tx, organizationId, [
      { action: 'secret.create', actor: { kind: 'system', id: null, name: 'test' }, outcome: 'success' },
    ]);
    locking(tx, 'secret');
  });
  await assert.rejects(wrong, /locks “secret” after “record head”/);
  assert.equal((await db.selectFrom('audit_event').selectAll().execute()).length, 0);
  const names = transaction(db, async (tx) => {
    locking(tx, 'secret');
    await lockNamed(tx, 'organization key', organizationId);
  });
  await assert.rejects(names, /locks “organization key” after “secret”/);
});

test('the same kind may be locked again, and each transaction begins afresh', async () => {
  for (const organizationId of [crypto.randomUUID(), crypto.randomUUID()]) {
    await transaction(db, async (tx) => {
      await lockNamed(tx, 'organization key', organizationId);
      locking(tx, 'component');
      locking(tx, 'secret');
      locking(tx, 'secret');
    });
  }
});

test('whatever locks rows says which, and only one file takes advisory locks that wait', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const locks = /\.for(?:No)?(?:Key)?(?:Update|Share)\(|\bfor (?:no key )?update\b|\bfor (?:key )?share\b/;
  const silent: string[] = [];
  for await (const path of glob('{control,data,db,launcher}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] })) {
    if (/\.test\.ts$|\/testing\//.test(path)) continue;
    const source = readFileSync(`${root}/${path}`, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
    if (path !== 'db/lock-order.ts' && /pg_advisory_xact_lock/.test(source)) silent.push(`${path}: pg_advisory_xact_lock`);
    // Projects and the lease wait for nobody: see db/lock-order.ts.
    if (/\/(?:read-projects|delete-project|lease)\.ts$/.test(path)) continue;
    if (locks.test(source) && !/\blocking\(/.test(source)) silent.push(path);
  }
  assert.deepEqual(silent, [], 'Call locking() or lockNamed() of db/lock-order.ts first.');
});
