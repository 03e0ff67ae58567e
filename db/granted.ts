import type { ColumnType, InsertType, SelectType, UpdateType } from 'kysely';
import type { Tables } from './tables.ts';

type Columns<Name extends keyof Tables> = keyof Tables[Name] | '*';
type Listed<Name extends keyof Tables, Right, Kind extends string> =
  Right extends Readonly<Record<Kind, infer Names>> ? (Names extends '*' ? keyof Tables[Name] : Names) : never;

/** What roles.sql grants on a table: names of columns, or `'*'` for all of them. */
interface Rights<Name extends keyof Tables> {
  readonly select: Columns<Name>;
  readonly insert?: Columns<Name>;
  readonly update?: Columns<Name>;
}

declare const notGranted: unique symbol;
/** In the place of a value that a role has no right to write. Nothing is of this type. */
export interface NotGranted {
  readonly [notGranted]: never;
}

/** A table as a role may use it: the columns that it may read, and which of those it may also write. */
export type Granted<Name extends keyof Tables, Right extends Rights<Name>> = {
  [Column in Listed<Name, Right, 'select'> & keyof Tables[Name]]: ColumnType<
    SelectType<Tables[Name][Column]>,
    Column extends Listed<Name, Right, 'insert'> ? InsertType<Tables[Name][Column]> : NotInserted<Right>,
    Column extends Listed<Name, Right, 'update'> ? UpdateType<Tables[Name][Column]> : NotGranted
  >;
};
/**
 * Where some columns may be inserted, the others are left out; else there is no row that could be inserted.
 */
type NotInserted<Right> = Right extends { readonly insert: unknown } ? NotGranted | undefined : NotGranted;

/** A table for inserts alone: with columns that a role may write, and not all of which it may read. */
export type Unread<Name extends keyof Tables, Insert extends Columns<Name>> = {
  [Column in Listed<Name, { insert: Insert }, 'insert'> & keyof Tables[Name]]: ColumnType<never, InsertType<Tables[Name][Column]>, never>;
};
