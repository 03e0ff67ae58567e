/**
 * The database as its owner prepares and reaches it: the schema, the roles, the embedded PostgreSQL. Needs
 * nothing but pg, so that a launcher that runs for months does not hold what queries are written with.
 */

export { reachDatabase } from './connection/reach.ts';
export { EmbeddedError } from './embedded/embedded-error.ts';
export { runningEmbedded } from './embedded/running.ts';
export { type EmbeddedDatabase, type EmbeddedOptions, startEmbedded } from './embedded/start.ts';
export { type Plane, type PlaneRoles, roleUrl } from './roles.ts';
export { MigrationError, migrate } from './schema/migrate.ts';
export { asOwner } from './schema/owner-session.ts';
export {
  databaseMissing,
  type HomeIdentity,
  type Migrated,
  migrateInstance,
  type PreparedSchema,
  prepareSchema,
} from './schema/prepare.ts';
export { PrepareError } from './schema/prepare-error.ts';
