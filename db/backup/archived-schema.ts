import { type Migration, MigrationError, readMigrations } from '../schema/migrate.ts';
import type { ArchiveHeader } from './archive.ts';
import { CARRIED, DOCUMENT_BYTES } from './tables.ts';

const CREATE_TABLE = /^create table (?:if not exists )?([\w."]+)/gim;

/**
 * The migrations that the database of a backup had: an older version's backup is loaded into the tables as
 * they were then.
 *
 * @throws MigrationError when they are not the first ones of this program.
 */
export function migrationsOf({ schema }: Pick<ArchiveHeader, 'schema'>): Migration[] {
  const known = readMigrations();
  const fits = schema.every(({ sha256 }, index) => known[index]?.sha256 === sha256);
  if (!fits || schema.length === 0) {
    throw new MigrationError(
      `The backup was made with another schema (${schema.at(-1)?.name ?? 'none'}) than this program knows. Restore it with the version that made it, or a newer one.`,
    );
  }
  return known.slice(0, schema.length);
}

/** Of the tables that a backup carries, those that these migrations have made, in the order of CARRIED. */
export function carriedTables(migrations: readonly Migration[]): readonly string[] {
  const made = new Set(migrations.flatMap(({ sql }) => [...sql.matchAll(CREATE_TABLE)].map(([, name = '']) => fullName(name))));
  return CARRIED.filter((table) => made.has(table));
}

/**
 * The tables that are in a backup, in their order.
 *
 * @throws MigrationError as {@link migrationsOf}.
 */
export function tablesOf(header: Pick<ArchiveHeader, 'schema' | 'documents'>): readonly string[] {
  return carriedTables(migrationsOf(header)).filter((table) => header.documents || !DOCUMENT_BYTES.includes(table));
}

function fullName(written: string): string {
  const name = written.replaceAll('"', '');
  return name.includes('.') ? name : `holdfast.${name}`;
}
