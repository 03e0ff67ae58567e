import type { Kysely, Transaction } from 'kysely';
import * as connections from './connection/connect.ts';
import type { AccountMail } from './tables.ts';
import type { DataTables } from './tables-data.ts';

export * from './both-planes.ts';
export { BOUND_TO, CURRENT_VALUE, ROW_READ_AS, SCOPE } from './bound-components.ts';
/** The database as the data plane's role may use it: what roles.sql does not grant to it has no name here. */
export {
  type AppendedEntries,
  type AppendedUses,
  appendUses,
  type CountedUses,
  FOLLOWED_COLUMNS,
  type FollowedRow,
  followedEntries,
} from './record/append-audit.ts';
export { withinDeadline } from './record/append-deadline.ts';
export {
  type AppendedIfUnchanged,
  appendIfUnchanged,
  type ConditionalEvents,
  type ConsumerRows,
  type IfUnchanged,
  ifUnchanged,
  type ReadBefore,
} from './record/append-if-unchanged.ts';
export { MAY_HAVE_BEEN_SENT, UNCERTAIN } from './runs/interrupted-items.ts';
export { requireOwnSessions } from './schema/require-sessions.ts';

export type Database = DataTables;
export type DatabaseConnection = Kysely<DataTables>;
/** Functions that must run inside a transaction take one as their first argument. */
export type Tx = Transaction<DataTables>;
export type AccountMailKind = AccountMail['kind'];

export const connect: connections.Connect<DataTables> = connections.connect;
export const connectForHealth: connections.ConnectForHealth<DataTables> = connections.connectForHealth;
