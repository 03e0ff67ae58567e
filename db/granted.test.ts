import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import * as controls from './control.ts';
import * as datas from './data.ts';
import { type TestDatabase, testDatabase } from './testing/index.ts';

/**
 * Each statement here is refused twice: it does not compile (`@ts-expect-error` fails the type check when it
 * does), and PostgreSQL refuses it to the plane's role.
 */

let database: TestDatabase;
let control: controls.DatabaseConnection;
let data: datas.DatabaseConnection;
before(async () => {
  database = await testDatabase();
  control = controls.connect(database.controlUrl, { name: 'test-control' });
  data = datas.connect(database.dataUrl, { name: 'test-data' });
});
after(async () => {
  await Promise.all([control.destroy(), data.destroy()]);
  await database[Symbol.asyncDispose]();
});

const INSUFFICIENT_PRIVILEGE = { code: '42501' };

test('control cannot name a sealed value, to read or to change it', async () => {
  // @ts-expect-error
  await assert.rejects(control.selectFrom('sealed_value').select('sealed').execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(control.selectFrom('sealed_value').select('version_id').orderBy('sealed').execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(control.updateTable('sealed_value').set({ sealed: Buffer.of() }).execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(control.selectFrom('component_test_value').select('sealed').execute(), INSUFFICIENT_PRIVILEGE);
});

test('control cannot name a private key', async () => {
  // @ts-expect-error
  await assert.rejects(control.selectFrom('organization_private_key').selectAll().execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(control.selectFrom('signing_private_key').selectAll().execute(), INSUFFICIENT_PRIVILEGE);
});

test('control cannot write what the data plane reports', async () => {
  // @ts-expect-error
  await assert.rejects(control.updateTable('run').set({ status: 'succeeded' }).execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(control.updateTable('secret_version').set({ key_id: crypto.randomUUID() }).execute(), INSUFFICIENT_PRIVILEGE);
  const row = { organization_id: crypto.randomUUID(), size: 1, time: new Date(), note: '' };
  // @ts-expect-error
  await assert.rejects(control.insertInto('checkpoint').values(row).execute(), INSUFFICIENT_PRIVILEGE);
});

test('data cannot name accounts, sessions and tokens', async () => {
  // @ts-expect-error
  await assert.rejects(data.selectFrom('auth.session').selectAll().execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(data.selectFrom('auth.account').selectAll().execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(data.selectFrom('access_token').selectAll().execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(data.selectFrom('auth.organization').select('metadata').execute(), INSUFFICIENT_PRIVILEGE);
});

test('data cannot write a definition or a policy', async () => {
  // @ts-expect-error
  await assert.rejects(data.updateTable('secret').set({ all_projects: true }).execute(), INSUFFICIENT_PRIVILEGE);
  // @ts-expect-error
  await assert.rejects(data.updateTable('component').set({ name: 'other' }).execute(), INSUFFICIENT_PRIVILEGE);
});

test('one plane’s connection is not the other’s', () => {
  const readRecord = (_: datas.DatabaseConnection) => undefined;
  const readNames = (_: controls.DatabaseConnection) => undefined;
  // @ts-expect-error
  readRecord(control);
  // @ts-expect-error
  readNames(data);
});

test('what must be committed with something else takes a transaction', () => {
  const append = (db: Parameters<typeof controls.appendAudit>[0]) => db;
  // @ts-expect-error
  append(control);
});

test('a plane deletes only from tables on which its role has DELETE, which types do not say', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const refused: string[] = [];
  for (const plane of ['control', 'data']) {
    for await (const path of glob(`${plane}/**/*.ts`, { cwd: root, exclude: ['**/node_modules/**'] })) {
      if (/\.test\.ts$|\/testing\//.test(path)) continue;
      for (const [, table = ''] of readFileSync(`${root}/${path}`, 'utf8').matchAll(/\.deleteFrom\('([^' ]+)/g)) {
        const name = table.includes('.') ? table : `holdfast.${table}`;
        const { rows } = await owner.query(`select has_table_privilege($1, $2, 'delete') as granted`, [`holdfast_${plane}`, name]);
        if (rows[0]?.granted !== true) refused.push(`${path}: ${table}`);
      }
    }
  }
  await owner.end();
  assert.deepEqual(refused, []);
});
