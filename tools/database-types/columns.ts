import { type QueryExecutorProvider, sql } from 'kysely';

/** A column as the migrated database has it, and what each plane's role may do with it. */
export interface Column {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** `int8`, `text`, `_uuid` …, as pg_type names it. */
  readonly type: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  /** Made by the database alone: an identity or a generated column. */
  readonly always: boolean;
  /** The values that a CHECK allows, when it lists them. */
  readonly values: readonly string[] | null;
  readonly rights: Readonly<Record<string, { readonly select: boolean; readonly insert: boolean; readonly update: boolean }>>;
}

/** Every column of the product's tables, in the order of schemas, tables and columns. */
export async function readColumns(db: QueryExecutorProvider, roles: readonly string[]): Promise<Column[]> {
  const { rows } = await sql<Omit<Column, 'values'> & { check: string | null }>`
    select n.nspname as schema, c.relname as "table", a.attname as "column", t.typname as type, not a.attnotnull as nullable,
      a.atthasdef or a.attidentity <> '' as "hasDefault", a.attidentity = 'a' or a.attgenerated <> '' as always,
      (select pg_get_constraintdef(k.oid) from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum] and pg_get_constraintdef(k.oid) like '% = ANY (ARRAY[%') as "check",
      (select jsonb_object_agg(role, jsonb_build_object(
          'select', has_column_privilege(role, c.oid, a.attnum, 'select'),
          'insert', has_column_privilege(role, c.oid, a.attnum, 'insert'),
          'update', has_column_privilege(role, c.oid, a.attnum, 'update')))
        from unnest(${roles}::text[]) role) as rights
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where n.nspname in ('holdfast', 'auth') and c.relkind in ('r', 'v', 'p')
    order by n.nspname desc, c.relname, a.attnum`.execute(db);
  return rows.map(({ check, ...row }) => ({ ...row, values: check === null ? null : listed(check) }));
}

/** `CHECK ((state = ANY (ARRAY['current'::text, 'pending'::text])))` → current, pending. */
function listed(check: string): string[] {
  return [...check.matchAll(/'([^']*)'::text/g)].map(([, value = '']) => value);
}
