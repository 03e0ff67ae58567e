import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { dropUsable } from './apply-usable.ts';
import { asOwner } from './owner-session.ts';

/**
 * The schema in the database and this program do not fit; the message says what to do. Nothing was changed,
 * unless the message names migrations that are applied.
 */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const FOLDER = join(import.meta.dirname, '..', 'migrations');
/** Any constant: two programs that migrate the same database at once take turns. */
const ADVISORY_LOCK = 7_400_746_573;

/**
 * The numbered SQL files, in order.
 *
 * @throws MigrationError when their numbers are not 1, 2, 3 and so on.
 */
export function readMigrations(folder: string = FOLDER): Migration[] {
  const migrations = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8');
      return { number: Number(file.slice(0, 4)), name: file, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });
  for (const [index, migration] of migrations.entries()) {
    if (migration.number !== index + 1) throw new MigrationError(`${migration.name} is out of order: number ${index + 1} was expected.`);
  }
  return migrations;
}

/**
 * Brings the database to this program's schema, as its owner: each file in its own transaction, one program
 * at a time. Forward only.
 *
 * @returns how many files were applied.
 * @throws MigrationError when the database is newer than the program, or an applied file was edited.
 */
export async function migrate(ownerUrl: string, migrations: readonly Migration[] = readMigrations()): Promise<number> {
  return asOwner(ownerUrl, 'holdfast-migrate', async (client) => {
    await lockSchema(client);
    await refuseWhatDoesNotFit(client, migrations);
    return applyMigrations(client, migrations);
  });
}

/** Waits until no other program prepares this database. Held until the session ends. */
export async function lockSchema(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
}

/** Applies what is missing. The caller holds the lock and knows that the schema fits. */
export async function applyMigrations(client: pg.Client, migrations: readonly Migration[]): Promise<number> {
  const applied = await readApplied(client);
  if (applied.length === 0) {
    await client.query(`create schema if not exists holdfast;
      create table if not exists holdfast.schema_migration (
        number integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now());`);
  }
  const waiting = migrations.slice(applied.length);
  for (const [index, migration] of waiting.entries()) await apply(client, migration, waiting.slice(0, index));
  return waiting.length;
}

/**
 * @returns how many of the migrations wait to be applied.
 * @throws MigrationError when the database is newer than the program, or an applied file was edited.
 */
export async function refuseWhatDoesNotFit(client: pg.Client, known: readonly Migration[]): Promise<number> {
  const applied = await readApplied(client);
  const newest = applied.at(-1);
  if (newest && newest.number > known.length) {
    throw new MigrationError(
      `The database has the schema of a newer Holdfast (${newest.name}); this program knows ${known.length} migrations. Start the newer version, or restore a backup that this version made.`,
    );
  }
  for (const [index, row] of applied.entries()) {
    if (known[index]?.sha256 !== row.sha256) {
      throw new MigrationError(
        `The migration ${row.name} was edited after it was applied to this database. Put the file back as it was; changes go into a new file.`,
      );
    }
  }
  return known.length - applied.length;
}

async function readApplied(client: pg.Client): Promise<{ number: number; name: string; sha256: string }[]> {
  const { rows: tables } = await client.query(`select to_regclass('holdfast.schema_migration') is not null as found`);
  if (!tables[0]?.found) return [];
  const { rows } = await client.query<{ number: number; name: string; sha256: string }>(
    'select number, name, sha256 from holdfast.schema_migration order by number',
  );
  return rows;
}

/** @param before that were applied just now; the views are gone with the first of them. */
async function apply(client: pg.Client, migration: Migration, before: readonly Migration[]): Promise<void> {
  try {
    await client.query('begin');
    // Not before it: planes that run go on with the views of the schema that is kept when it fails.
    if (before.length === 0) await dropUsable(client);
    await client.query('set local search_path = holdfast');
    await client.query(migration.sql);
    await client.query('insert into holdfast.schema_migration (number, name, sha256) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.sha256,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    const reason = error instanceof Error ? error.message : 'unknown reason';
    const applied = before.map(({ name }) => name).join(', ');
    const since =
      applied === '' ? '' : `. Applied before it: ${applied}. Planes that run on this database have to stop until the rest is applied`;
    throw new MigrationError(`${migration.name} could not be applied: ${reason}${since}`, { cause: error });
  }
}
