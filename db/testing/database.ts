import { randomBytes, randomUUID } from 'node:crypto';
import { asOwner } from '../schema/owner-session.ts';
import { prepareSchema } from '../schema/prepare.ts';
import {
  createDatabase,
  ownerUrlOf,
  planeUrlOf,
  startTestServer,
  TEST_PASSWORDS,
  TEST_ROLE_PREFIX,
  type TestOwner,
  type TestServer,
} from './server.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly ownerUrl: string;
  /** The server's superuser, on this database: may do what an owner of a managed database may not. */
  readonly superuserUrl: string;
  readonly controlUrl: string;
  readonly dataUrl: string;
}

const TEMPLATE = 'holdfast_template';
const ADVISORY_LOCK = 7_400_746_575;

let own: Promise<TestServer> | undefined;
let inUse = 0;

/**
 * A database without any table, with the owner that a product's DATABASE_URL names; dropped at the end of the
 * scope.
 */
export async function emptyDatabase(): Promise<Pick<TestDatabase, 'ownerUrl' | 'superuserUrl'> & AsyncDisposable> {
  inUse += 1;
  const server = await serverUrl();
  const owner = ownerKind();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await createDatabase(server, name, owner);
  return {
    ownerUrl: ownerUrlOf(server, name, owner),
    superuserUrl: ownerUrlOf(server, name, 'superuser'),
    [Symbol.asyncDispose]: () => drop(server, name),
  };
}

/**
 * A fresh database with the current schema, dropped at the end of the scope:
 * `await using database = await testDatabase()`.
 *
 * It lies on the server of HOLDFAST_TEST_DATABASE_SERVER, or else on one of this process that ends with the
 * last database.
 */
export async function testDatabase(): Promise<TestDatabase> {
  inUse += 1;
  const server = await serverUrl();
  const owner = ownerKind();
  await ensureTemplate(server, owner);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await createDatabase(server, name, owner, TEMPLATE);
  return {
    ownerUrl: ownerUrlOf(server, name, owner),
    superuserUrl: ownerUrlOf(server, name, 'superuser'),
    controlUrl: planeUrlOf(server, name, 'control'),
    dataUrl: planeUrlOf(server, name, 'data'),
    [Symbol.asyncDispose]: () => drop(server, name),
  };
}

async function drop(server: string, name: string): Promise<void> {
  await asOwner(server, 'test', (client) => client.query(`drop database if exists ${name} with (force)`));
  inUse -= 1;
  if (inUse > 0 || own === undefined) return;
  const ending = own;
  own = undefined;
  await (await ending).stop();
}

function ownerKind(): TestOwner {
  return process.env.HOLDFAST_TEST_DATABASE_OWNER === 'createrole' ? 'createrole' : 'superuser';
}

async function serverUrl(): Promise<string> {
  const shared = process.env.HOLDFAST_TEST_DATABASE_SERVER;
  if (shared) return shared;
  own ??= startTestServer();
  return (await own).url;
}

/** Migrated once on each server; a process that dies halfway leaves no template behind. */
async function ensureTemplate(server: string, owner: TestOwner): Promise<void> {
  await asOwner(server, 'test', async (client) => {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [TEMPLATE]);
    if (rowCount === 1) return;
    const draft = `draft_${randomBytes(8).toString('hex')}`;
    await createDatabase(server, draft, owner);
    await prepareSchema(
      ownerUrlOf(server, draft, owner),
      { homeId: randomUUID(), rootKeyId: undefined, passwords: TEST_PASSWORDS, passwordsKnown: true },
      { rolePrefix: TEST_ROLE_PREFIX },
    );
    await client.query(`alter database ${draft} rename to ${TEMPLATE}`);
  });
}
