import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { readMigrations } from './schema/migrate.ts';

test('lines that were there before get a form without what they quote, unless they quote no failure', async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=holdfast' });
  await client.connect();
  try {
    const migration = readMigrations().find(({ name }) => name === '0014_log_lines_without_names.sql');
    const [rewrite] = /update run_log[\s\S]*/.exec(migration?.sql ?? '') ?? [];
    assert.ok(rewrite);
    await client.query('alter table run_log drop constraint run_log_organization_id_run_id_fkey');
    const id = '0199aaaa-0000-7000-8000-000000000001';
    const failed = 'A document failed. Ask an editor, admin or owner of the organization: they see why.';
    const lines = [
      ['info', 'The run started.', null, null],
      ['warning', '3 files were left out.', null, null],
      ['warning', 'Left out: “a.txt” cannot be read.', id, null],
      ['warning', '“a.txt”: attempt 1 failed. The secret “PARTNER” has expired. Trying again in 1.0 s.', id, failed],
      ['error', '“a.txt”: The value may not be sent to https://partner.example:443.', id, failed],
      [
        'error',
        'The run failed: 0 published, 1 failed. The secret “PARTNER” expired on 2026-01-01.',
        null,
        'The run failed: 0 published, 1 failed.',
      ],
    ];
    for (const [level, message, item] of lines) {
      await client.query('insert into run_log (organization_id, run_id, level, message, item_id) values ($1, $1, $2, $3, $4)', [
        id,
        level,
        message,
        item,
      ]);
    }
    await client.query(rewrite);
    const { rows } = await client.query('select message, message_without_names as without from run_log order by sequence');
    assert.deepEqual(
      rows.map(({ message, without }) => [message, without]),
      lines.map(([, message, , without]) => [message, without]),
    );
  } finally {
    await client.end();
  }
});
