import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { readColumns } from './database-types/columns.ts';
import { grantedTables } from './database-types/rights.ts';
import { rowTypes } from './database-types/rows.ts';

/**
 * `node tools/database-types.ts` writes db/tables.ts, db/tables-control.ts and db/tables-data.ts from a
 * database that has just been migrated and given its roles. To be run after a change of db/migrations or
 * db/roles.sql.
 */
const ROLES = { control: 'holdfast_control', data: 'holdfast_data' } as const;
const BIOME = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url));

/** The text of each file, by its path. */
export async function databaseTypes(): Promise<Map<string, string>> {
  await using database = await testDatabase();
  await using db = connect(database.ownerUrl, { name: 'database-types' });
  const columns = await readColumns(db, Object.values(ROLES));
  const files = {
    tables: await rowTypes(db, columns),
    'tables-control': grantedTables('control', ROLES.control, columns),
    'tables-data': grantedTables('data', ROLES.data, columns),
  };
  return new Map(
    Object.entries(files).map(([name, text]) => [fileURLToPath(new URL(`../db/${name}.ts`, import.meta.url)), asWritten(text)]),
  );
}

/** As the formatter leaves it. */
function asWritten(text: string): string {
  return execFileSync(BIOME, ['check', '--write', '--stdin-file-path=db/made.ts'], { input: text, encoding: 'utf8' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await databaseTypes()) writeFileSync(path, text);
}
