import type { Kysely, Transaction } from 'kysely';
import * as connections from './connection/connect.ts';
import type { Tables } from './tables.ts';

/**
 * The database as its owner uses it: the launcher, the commands for operators, and tests. It may name every
 * table, makes and changes the schema, and starts the embedded PostgreSQL. The planes import
 * `@holdfast/db/control` and `@holdfast/db/data`.
 */
export { ArchiveError, type ArchiveHeader } from './backup/archive.ts';
export { checkArchive, type RestoredFacts, refuseOtherRootKey, restoreBackup } from './backup/restore-backup.ts';
export { databaseAddress, refuseFilledDatabase, removeUnfinishedRestore } from './backup/restore-claim.ts';
export { type BackupFacts, writeBackup } from './backup/write-backup.ts';
export * from './both-planes.ts';
export { type DeletableTable, deleteRows } from './delete-rows.ts';
export * from './owner.ts';
export { componentDefinitions, DEFINITIONS_PER_EVENT, secretDefinitions, triggerDefinitions } from './record/definitions.ts';
export { requireOwnSessions } from './schema/require-sessions.ts';

export type Database = Tables;
export type DatabaseConnection = Kysely<Tables>;
/** Functions that must run inside a transaction take one as their first argument. */
export type Tx = Transaction<Tables>;

export const connect: connections.Connect<Tables> = connections.connect;
export const connectForHealth: connections.ConnectForHealth<Tables> = connections.connectForHealth;
