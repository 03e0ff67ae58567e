/**
 * Real PostgreSQL for tests: one server, and a fresh migrated database for each test file. Never used by the
 * product.
 */

import { refuseLocksOutOfOrder } from '../lock-order.ts';

export { emptyDatabase, type TestDatabase, testDatabase } from './database.ts';
export { startTestServer, type TestServer, type TestServerOptions } from './server.ts';

refuseLocksOutOfOrder();
