import type { ColumnType, InsertType, SelectType, Transaction, UpdateType } from 'kysely';
import type { InTransaction } from './connection/statements.ts';
import type { ControlTables } from './tables-control.ts';
import type { DataTables } from './tables-data.ts';

/**
 * What the roles of both planes may do alike: code that is written with these types works in either. A right
 * that one of them lacks does not compile.
 */
export type EitherPlaneTables = {
  [Name in keyof ControlTables & keyof DataTables]: {
    [Column in keyof ControlTables[Name] & keyof DataTables[Name]]: ColumnType<
      SelectType<ControlTables[Name][Column]>,
      InsertType<ControlTables[Name][Column]> & InsertType<DataTables[Name][Column]>,
      UpdateType<ControlTables[Name][Column]> & UpdateType<DataTables[Name][Column]>
    >;
  };
};
export type TxOfEither = Transaction<EitherPlaneTables>;

/** A transaction of either plane, with the tables that both may use. */
export function asEitherPlane(tx: InTransaction): TxOfEither {
  return tx as unknown as TxOfEither;
}
