import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { emptyDatabase, testDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { holdfast } from '../../tests/harness/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-migrate-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function query(url: string, statement: string): Promise<{ number?: number }[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const newestNumber = `select max(number)::integer as number from holdfast.schema_migration`;

async function command(words: readonly string[], environment: Record<string, string>) {
  return holdfast(words, { home: folder, environment: { HOLDFAST_ACCOUNTS: 'shared', ...environment } });
}

test('holdfast control and holdfast data do not start on another schema, and name holdfast migrate', { timeout: 120_000 }, async () => {
  await using database = await testDatabase();
  const rows = await query(database.ownerUrl, newestNumber);
  for (const [change, message] of [
    [`delete from holdfast.schema_migration where number = ${rows[0]?.number}`, /older Holdfast.*does not migrate\. Run holdfast migrate/],
    [`insert into holdfast.schema_migration select 9999, '9999_later.sql', 'x'`, /newer Holdfast \(9999_later\.sql\)/],
  ] as const) {
    await query(database.ownerUrl, change);
    for (const [plane, url] of [
      ['control', database.controlUrl],
      ['data', database.dataUrl],
    ] as const) {
      const listen = { [`HOLDFAST_${plane.toUpperCase()}_LISTEN`]: '127.0.0.1:0' };
      const { code, stderr } = await command([plane], { HOLDFAST_HOME: join(folder, 'planes'), DATABASE_URL: url, ...listen });
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  }
});

test('holdfast migrate makes the schema in an empty database, says what it did, and does nothing the second time', {
  timeout: 120_000,
}, async () => {
  await using database = await emptyDatabase();
  const home = join(folder, 'made');
  const environment = { HOLDFAST_HOME: home, DATABASE_URL: database.ownerUrl };
  const made = await command(['migrate', '--json'], environment);
  assert.equal(made.code, 0, made.stderr);
  const { made: isNew, migrationsApplied, schema } = JSON.parse(made.stdout);
  assert.ok(isNew && migrationsApplied > 5 && /^\d{4}_\w+\.sql$/.test(schema), made.stdout);
  const [controlUrl, dataUrl] = ['control', 'data'].map((plane) =>
    readFileSync(join(home, 'credentials', `${plane}-database-url`), 'utf8'),
  );
  assert.match(`${controlUrl} ${dataUrl}`, /_control:.* .*_data:/);
  const again = await command(['migrate'], { ...environment, HOLDFAST_HOME: join(folder, 'elsewhere') });
  assert.equal(again.code, 0, again.stderr);
  assert.equal(again.stdout, `The schema is up to date (${schema}).\n`);
  assert.ok(!existsSync(join(folder, 'elsewhere')), 'It needs no home where there is an instance.');
  const asPlane = await command(['migrate'], { ...environment, DATABASE_URL: controlUrl ?? '' });
  assert.equal(asPlane.code, 1);
  assert.match(asPlane.stderr, /does not own the schema of Holdfast, and cannot migrate it.*\n→ Put the address of/);
});

test('without a database there is nothing to migrate', async () => {
  const { code, stderr } = await command(['migrate'], { HOLDFAST_HOME: join(folder, 'none') });
  assert.equal(code, 1);
  assert.match(stderr, /There is no database in .*none yet\.\n→ holdfast start makes it/);
});
