import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../migrate.ts';
import { startTestServer, type TestServer, urlOf } from './server.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly ownerUrl: string;
  readonly controlUrl: string;
  readonly dataUrl: string;
}

const TEMPLATE = 'holdfast_template';
const ADVISORY_LOCK = 7_400_746_575;

let own: Promise<TestServer> | undefined;
let inUse = 0;

/**
 * A fresh database with the current schema, dropped at the end of the scope:
 * `await using database = await testDatabase()`.
 *
 * It lies on the server of HOLDFAST_TEST_DATABASE_SERVER, or else on one of this process that ends with the last database.
 */
export async function testDatabase(): Promise<TestDatabase> {
  inUse += 1;
  const server = await serverUrl();
  await ensureTemplate(server);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, (client) => client.query(`create database ${name} template ${TEMPLATE}`));
  return {
    ownerUrl: urlOf(server, name),
    controlUrl: urlOf(server, name, 'control'),
    dataUrl: urlOf(server, name, 'data'),
    async [Symbol.asyncDispose]() {
      await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
      inUse -= 1;
      if (inUse > 0 || own === undefined) return;
      const ending = own;
      own = undefined;
      await (await ending).stop();
    },
  };
}

async function serverUrl(): Promise<string> {
  const shared = process.env.HOLDFAST_TEST_DATABASE_SERVER;
  if (shared) return shared;
  own ??= startTestServer();
  return (await own).url;
}

/** Migrated once on each server; a process that dies halfway leaves no template behind. */
async function ensureTemplate(server: string): Promise<void> {
  await onServer(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [TEMPLATE]);
    if (rowCount === 1) return;
    const draft = `draft_${randomBytes(8).toString('hex')}`;
    await client.query(`create database ${draft}`);
    await migrate(urlOf(server, draft));
    await client.query(`alter database ${draft} rename to ${TEMPLATE}`);
  });
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
