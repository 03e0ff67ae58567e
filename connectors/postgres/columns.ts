import { hostAndPort } from '@holdfast/configuration';
import { ConnectorError } from '@holdfast/connector';
import type pg from 'pg';
import type { PublisherOptions } from './options.ts';

/** A column as the table has it. */
export interface Column {
  readonly name: string;
  /** As pg_type names it; of a domain, the type below it. */
  readonly type: string;
  readonly isArray: boolean;
}

/**
 * The columns of the mapping, in its order, with their types in the table. Everybody may read the catalog.
 *
 * @throws ConnectorError `upstream_not_found` that names the table or column.
 */
export async function columnsOf(client: pg.Client, { server, table, columns }: PublisherOptions): Promise<Column[]> {
  const { rows } = await client.query<{ found: boolean; columns: Column[] | null }>(
    `select c.oid is not null as found, json_agg(json_build_object('name', a.attname, 'type', coalesce(b.typname, t.typname),
        'isArray', coalesce(b.typcategory, t.typcategory) = 'A')) filter (where a.attname is not null) as columns
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = $1
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any($3::text[])
      left join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_type b on b.oid = nullif(t.typbasetype, 0)
      where c.relname = $2 and c.relkind in ('r', 'p', 'v', 'f')
      group by c.oid`,
    [table.schema, table.name, columns.map(({ name }) => name)],
  );
  const where = `The server at ${hostAndPort(server)}`;
  if (rows[0] === undefined) {
    throw new ConnectorError('upstream_not_found', `${where} has no table “${table.shown}” in this database.`, {
      remedy: 'Create the table, or correct its name or the database.',
    });
  }
  const there = new Map((rows[0].columns ?? []).map((column) => [column.name, column]));
  return columns.map(({ name }) => {
    const column = there.get(name);
    if (column !== undefined) return column;
    throw new ConnectorError('upstream_not_found', `The table “${table.shown}” has no column “${name}”.`, {
      remedy: 'Add the column, or correct its name in the component: upper and lower case count.',
    });
  });
}
