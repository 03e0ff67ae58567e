import pg from 'pg';
import type { Column } from './columns.ts';
import { exactJson, exactText } from './exact-numbers.ts';
import type { PublisherOptions, Table } from './options.ts';
import type { Value } from './rows.ts';

/** Types without an operator for equality: they are compared as text. */
const COMPARED_AS_TEXT = new Set(['json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle']);

/** A name as it stands in a statement, whatever is in it. */
export const quoted = (name: string): string => pg.escapeIdentifier(name);
/** Schema and name, as they stand in a statement. */
const quotedTable = ({ schema, name }: Table): string => `${quoted(schema)}.${quoted(name)}`;

/**
 * An INSERT of this many rows, all of their values as parameters. A row whose key is there is changed or
 * left; one that has the same values already is not counted.
 */
export function insertStatement({ table, keys, mode }: PublisherOptions, columns: readonly Column[], rows: number): string {
  const width = columns.length;
  const values = Array.from({ length: rows }, (_, row) => `(${columns.map((_, index) => `$${row * width + index + 1}`).join(', ')})`).join(
    ', ',
  );
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  const changed = columns.filter(({ name }) => !keys.includes(name));
  const conflict = `on conflict (${keys.map(quoted).join(', ')})`;
  const insert = `insert into ${quotedTable(table)} as target (${names}) values ${values} ${conflict}`;
  if (mode === 'insert' || changed.length === 0) return `${insert} do nothing`;
  const set = changed.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
  const differs = changed.map((column) => `${compared('target', column)} is distinct from ${compared('excluded', column)}`).join(' or ');
  return `${insert} do update set ${set} where ${differs}`;
}

function compared(row: string, { name, type }: Column): string {
  return `${row}.${quoted(name)}${COMPARED_AS_TEXT.has(type) ? '::text' : ''}`;
}

/** A value of a document as a parameter for a column: JSON for JSON columns, texts of an array for arrays. */
export function parameterOf(value: Value, column: Column): string | Buffer | null | readonly (string | null)[] {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (column.type === 'json' || column.type === 'jsonb') return exactJson(value);
  if (column.isArray && Array.isArray(value)) return (value as readonly Value[]).map((each) => (each === null ? null : textOf(each)));
  return textOf(value);
}

function textOf(value: Value): string {
  return typeof value === 'string' ? exactText(value) : exactJson(value);
}
