import { startTestServer } from '@holdfast/db/testing';

/**
 * A PostgreSQL that waits for the disk at every commit, as the product's own does, for the databases of this
 * process.
 */
export async function startDurableServer(): Promise<AsyncDisposable> {
  const server = await startTestServer({ settings: { fsync: 'on' } });
  process.env.HOLDFAST_TEST_DATABASE_SERVER = server.url;
  return {
    async [Symbol.asyncDispose]() {
      delete process.env.HOLDFAST_TEST_DATABASE_SERVER;
      await server.stop();
    },
  };
}
