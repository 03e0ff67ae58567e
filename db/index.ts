/** The database: its tables as types, connections, transactions, the audit's append, the queue, migrations. */
export { type AppendedEvent, appendAudit, appendAuditBodies } from './append-audit.ts';
export { connect, connectForHealth, type DatabaseConnection } from './connect.ts';
export { problemOfConnection } from './connection-error.ts';
export { componentDefinitions, DEFINITIONS_PER_EVENT, secretDefinitions } from './definitions.ts';
export { type DeletableTable, deleteRows } from './delete-rows.ts';
export { EmbeddedError } from './embedded/embedded-error.ts';
export { type EmbeddedDatabase, type EmbeddedOptions, startEmbedded } from './embedded/start.ts';
export { createInstanceClock, type InstanceClock, LATEST_TIME } from './instance-clock.ts';
export { MigrationError, migrate } from './migrate.ts';
export { databaseMissing, type HomeIdentity, type PreparedSchema, prepareSchema } from './prepare.ts';
export { PrepareError } from './prepare-error.ts';
export { createQueue, type Jobs, type Queue, type QueueName, runJobKey } from './queue.ts';
export { reachDatabase } from './reach.ts';
export { type Plane, type PlaneRoles, roleUrl } from './roles.ts';
export type { Actor, Database, RunDefinition, WorkflowSource } from './schema.ts';
export { type Tx, transaction } from './transaction.ts';
