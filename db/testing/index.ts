/** Real PostgreSQL for tests: one server, and a fresh migrated database for each test file. Never used by the product. */

export { emptyDatabase, type TestDatabase, testDatabase } from './database.ts';
export { startTestServer, type TestServer, type TestServerOptions } from './server.ts';
