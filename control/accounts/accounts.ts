import { PASSWORD_MAXIMUM_LENGTH, PASSWORD_MINIMUM_LENGTH } from '@holdfast/api';
import type { InstanceClock } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { organization } from 'better-auth/plugins/organization';
import type { Kysely } from 'kysely';

/**
 * A session ends after this many seconds without use; it is prolonged at most once in
 * `SESSION_RENEWAL_SECONDS`.
 */
const SESSION_SECONDS = 7 * 24 * 60 * 60;
const SESSION_RENEWAL_SECONDS = 24 * 60 * 60;

interface AccountSettings {
  /** Signs the session cookies: who reads the session table alone cannot make one. */
  readonly sessionKey: string;
  /** Where people reach the console, without a path: `https://holdfast.example`. */
  readonly publicUrl: string;
  readonly clock: Pick<InstanceClock, 'now'>;
}

/**
 * What better-auth is asked to do: keep users, passwords (scrypt) and sessions, and own the tables of
 * organizations, members and invitations. Of its endpoints only signing in and signing out are reachable;
 * everything else goes through packages/api, where each endpoint names its permission and each change is
 * audited in its own transaction.
 */
export function accountOptions(settings: AccountSettings, database: BetterAuthOptions['database']): BetterAuthOptions {
  // The end of a session is set by the clock that decides whether it has ended.
  const byInstanceClock = async <T extends { expiresAt?: Date }>(session: T) => {
    if (session.expiresAt === undefined) return { data: session };
    const lifetime = session.expiresAt.getTime() - Date.now();
    return { data: { ...session, expiresAt: new Date((await settings.clock.now()).getTime() + lifetime) } };
  };
  return {
    appName: 'Holdfast',
    baseURL: settings.publicUrl,
    basePath: '/api/auth',
    secret: settings.sessionKey,
    trustedOrigins: [settings.publicUrl],
    database,
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_MINIMUM_LENGTH,
      maxPasswordLength: PASSWORD_MAXIMUM_LENGTH,
    },
    // Read from the database each time, so that a session that was ended is over at the next request. Reading
    // it writes nothing; only a POST prolongs it (http/accounts/prolong-session.ts).
    session: {
      expiresIn: SESSION_SECONDS,
      updateAge: SESSION_RENEWAL_SECONDS,
      cookieCache: { enabled: false },
      deferSessionRefresh: true,
    },
    databaseHooks: {
      session: {
        create: { before: byInstanceClock },
        update: { before: byInstanceClock },
      },
    },
    // Ours stands in front (sign-in-limit.ts): this one trusts X-Forwarded-For.
    rateLimit: { enabled: false },
    advanced: {
      // The library would write "__Secure-", which a page of a sibling name may overwrite.
      cookiePrefix: cookiePrefix(settings.publicUrl),
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(settings.publicUrl) },
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => uuidv7() },
    },
    plugins: [organization({ membershipLimit: Number.MAX_SAFE_INTEGER, allowUserToCreateOrganization: false })],
  };
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

/**
 * What our cookies' names begin with. Over https a browser takes a "__Host-" cookie only from this very host,
 * and only when it is Secure, has the path / and no Domain; over http it takes none.
 */
export function cookiePrefix(publicUrl: string): string {
  return isSecure(publicUrl) ? '__Host-holdfast' : 'holdfast';
}

export type Accounts = ReturnType<typeof createAccounts>;

/** @param database - any Kysely of the control plane; the tables are found in the schema `auth`. */
// biome-ignore lint/suspicious/noExplicitAny: better-auth takes a Kysely of any database.
export function createAccounts(database: Kysely<any>, settings: AccountSettings) {
  return betterAuth(accountOptions(settings, { db: database.withSchema('auth'), type: 'postgres', transaction: true }));
}
