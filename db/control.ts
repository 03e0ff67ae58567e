import type { Insertable, Kysely, Transaction } from 'kysely';
import * as connections from './connection/connect.ts';
import type { AccountMail } from './tables.ts';
import type { ControlTables, ControlUnreadTables } from './tables-control.ts';

/**
 * The database as the control plane's role may use it: what roles.sql does not grant to it has no name here.
 */
export * from './both-planes.ts';
export { type DeletableTable, deleteRows } from './delete-rows.ts';
export { componentDefinitions, DEFINITIONS_PER_EVENT, secretDefinitions } from './record/definitions.ts';

export type Database = ControlTables;
export type DatabaseConnection = Kysely<ControlTables>;
/** Functions that must run inside a transaction take one as their first argument. */
export type Tx = Transaction<ControlTables>;
export type AccountMailKind = AccountMail['kind'];

export const connect: connections.Connect<ControlTables> = connections.connect;
export const connectForHealth: connections.ConnectForHealth<ControlTables> = connections.connectForHealth;

/** Inserts into a table of which this plane cannot read every column that it writes: sealed values. */
export async function insertUnread<Table extends keyof ControlUnreadTables>(
  tx: Tx,
  table: Table,
  row: Insertable<ControlUnreadTables[Table]>,
): Promise<void> {
  await (tx as unknown as Kysely<ControlUnreadTables>)
    .insertInto(table)
    .values(row as never)
    .execute();
}
