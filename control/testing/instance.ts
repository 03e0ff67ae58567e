import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCUMENT_MAXIMUM_BYTES, newAccessToken, newToken, type Role } from '@holdfast/api';
import { connect, type DatabaseConnection } from '@holdfast/db';
import { hashToken } from '@holdfast/db/control';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { createLogger } from '@holdfast/service';
import { buildControl, type ControlPlane } from '../app.ts';
import type { ControlSettings } from '../config.ts';
import type { Deadlines } from '../connections.ts';
import { startKeyMaker } from './key-maker.ts';

export const PUBLIC_URL = 'http://holdfast.test';
export const PASSWORD = 'correct horse battery staple';

export interface TestMember {
  readonly userId: string;
  readonly memberId: string;
  readonly email: string;
  readonly token: string;
}

export interface TestOrganization {
  readonly id: string;
  readonly slug: string;
  /** The current sealing key. */
  readonly keyId: string;
  readonly owner: TestMember;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

export interface Sent {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/**
 * A control plane over a fresh database. Keys of organizations are made by the test, in place of a data
 * plane.
 */
export interface TestInstance extends AsyncDisposable {
  readonly plane: ControlPlane;
  /** One more over the same database. The caller closes it. */
  another(): Promise<ControlPlane>;
  readonly settings: ControlSettings;
  /** As the owner of the tables: tests look where no plane may. */
  readonly db: DatabaseConnection;
  readonly ownerUrl: string;
  call(method: string, url: string, sent?: Sent): Promise<Reply>;
  addOrganization(slug: string): Promise<TestOrganization>;
  addMember(organization: { id: string }, role: Role): Promise<TestMember>;
}

/** For tests that look at something else: a machine that stands still for some seconds changes nothing. */
const LONG: Deadlines = { change: 60_000, read: 60_000, search: 60_000, connect: 60_000 };

/**
 * Its rates are no limit, unless a test asks for some.
 *
 * @param deadlines those of the product are `DEADLINES`.
 */
export async function testInstance(
  changes: Partial<ControlSettings> = {},
  { deadlines = LONG }: { readonly deadlines?: Deadlines } = {},
): Promise<TestInstance> {
  const database = await testDatabase();
  const home = await mkdtemp(join(tmpdir(), 'holdfast-control-'));
  const settings: ControlSettings = {
    home,
    listen: { host: '127.0.0.1', port: 0 },
    databaseUrl: database.controlUrl,
    publicUrl: PUBLIC_URL,
    dataPublicUrl: 'https://hooks.example',
    allowedHosts: [],
    trustedProxies: [],
    sessionKeyFile: join(home, 'session.key'),
    consoleFolder: join(home, 'console'),
    documentMaximumBytes: DOCUMENT_MAXIMUM_BYTES,
    runs: { runsOfOrganization: 100, documentRetentionDays: 30 },
    documentQuotaBytes: 10 * 1024 ** 3,
    diskReserve: { bytes: 0 },
    rates: { reads: 100_000, changes: 100_000 },
    metrics: false,
    logLevel: 'silent',
    ...changes,
  };
  const logger = createLogger({ name: 'control', level: 'silent' });
  const another = () => buildControl(settings, { logger, deadlines });
  const plane = await another();
  const db = connect(database.ownerUrl, { name: 'test', maximumConnections: 4 });
  const keyMaker = startKeyMaker(db);

  const instance: TestInstance = {
    plane,
    another,
    settings,
    db,
    ownerUrl: database.ownerUrl,
    async call(method, url, { token, body, headers = {} } = {}) {
      const reply = await plane.server.inject({
        method: method as 'GET',
        url,
        headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const text = reply.body;
      const json = /[/+]json/.test(String(reply.headers['content-type'])) && text !== '' ? JSON.parse(text) : undefined;
      return { status: reply.statusCode, headers: reply.headers, text, json };
    },
    async addOrganization(slug) {
      const id = uuidv7();
      await db
        .insertInto('auth.organization')
        .values({ id, name: slug, slug, logo: null, metadata: null, createdAt: new Date() })
        .execute();
      const owner = await instance.addMember({ id }, 'owner');
      return { id, slug, keyId: await keyMaker.keyOf(id), owner };
    },
    async addMember(organization, role) {
      const userId = uuidv7();
      const memberId = uuidv7();
      const email = `${role}-${randomBytes(6).toString('hex')}@example.com`;
      await db.insertInto('auth.user').values({ id: userId, name: role, email, emailVerified: false, image: null }).execute();
      await db
        .insertInto('auth.member')
        .values({ id: memberId, organizationId: organization.id, userId, role, createdAt: new Date() })
        .execute();
      const token = newAccessToken(organization.id);
      const expires_at = new Date(Date.now() + 3_600_000);
      await db
        .insertInto('access_token')
        .values({
          organization_id: organization.id,
          id: uuidv7(),
          member_user_id: userId,
          name: 'test',
          token_hash: hashToken(token),
          expires_at,
          last_used_at: null,
        })
        .execute();
      return { userId, memberId, email, token };
    },
    async [Symbol.asyncDispose]() {
      await keyMaker.stop();
      await plane.close();
      await db.destroy();
      await database[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
  return instance;
}

/** Sets the instance up as its first user would. */
export async function setUpInstance(instance: TestInstance, email = 'ada@example.com'): Promise<Reply> {
  return instance.call('POST', '/api/setup', {
    body: {
      setupToken: instance.plane.setupToken,
      name: 'Ada',
      email,
      password: PASSWORD,
      organization: { name: 'Acme', slug: 'acme' },
      token: true,
    },
  });
}

/** The cookies of a sign-in, as a browser would send them back. */
export async function signIn(instance: TestInstance, email: string, password: string = PASSWORD): Promise<string> {
  const { publicUrl: origin } = instance.settings;
  const reply = await instance.call('POST', '/api/auth/sign-in/email', { body: { email, password }, headers: { origin } });
  if (reply.status !== 200) throw new Error(`Nobody was signed in: ${reply.status}.`);
  return cookiesOf(reply);
}

export function cookiesOf(reply: Reply): string {
  const lines = [reply.headers['set-cookie'] ?? []].flat() as string[];
  return lines.map((line) => line.split(';')[0]).join('; ');
}

/** A one-time link for an address, as the operator's machine makes it. */
export async function operatorLink({ db }: TestInstance, email: string): Promise<string> {
  const token = newToken('account');
  await db
    .insertInto('account_link')
    .values({
      id: uuidv7(),
      purpose: 'operator',
      email,
      invitation_id: null,
      user_id: null,
      token_hash: hashToken(token),
      expires_at: new Date(Date.now() + 3_600_000),
    })
    .execute();
  return token;
}

/** The account of an address that was proved by such a link. Answers its cookies. */
export async function makeAccount(instance: TestInstance, email: string): Promise<string> {
  const body = { token: await operatorLink(instance, email), name: email.split('@')[0], password: PASSWORD };
  const made = await instance.call('POST', '/api/account-links/use', { body });
  if (made.status !== 200) throw new Error(`No account was made: ${made.text}`);
  return await signIn(instance, email);
}
