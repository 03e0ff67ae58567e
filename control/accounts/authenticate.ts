import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError, isToken, type Role, SLUG_PATTERN } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db/control';
import { sql } from 'kysely';
import type { Control } from '../control.ts';
import type { Caller, Membership } from './caller.ts';
import { hashToken } from './tokens.ts';

/** A token's last use is written at most this often, in SQL's words: a write for every request would cost more than the request. */
const LAST_USED_PRECISION = '1 minute';

/**
 * Finds out who calls: by `Authorization: Bearer` or `x-api-key` when one is sent, else by the session cookie. A token that is
 * wrong never falls back to the cookie. Nothing is written but when a token was last used. `undefined` when nothing was sent or a session has ended; a bad token throws
 * `unauthenticated`.
 */
export async function authenticate(control: Control, headers: IncomingHttpHeaders): Promise<Caller | undefined> {
  const token = tokenIn(headers);
  if (token !== undefined) return await callerByToken(control, token);
  if (headers.cookie === undefined) return undefined;
  return await callerBySession(control, headers.cookie);
}

function tokenIn(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  const key = headers['x-api-key'];
  if (authorization !== undefined && key !== undefined) {
    throw new HoldfastError('invalid_request', 'Both Authorization and x-api-key are sent.', { remedy: 'Send one of them.' });
  }
  if (authorization !== undefined) {
    const match = /^Bearer +(\S+) *$/i.exec(authorization);
    if (match?.[1] === undefined) throw new HoldfastError('unauthenticated', 'The Authorization header holds no Bearer token.');
    return match[1];
  }
  return Array.isArray(key) ? key.join() : key;
}

async function callerByToken({ clock, db }: Control, token: string): Promise<Caller> {
  const refusal = new HoldfastError('unauthenticated', 'The token is not valid: it is wrong, revoked or expired.', {
    remedy: 'Make a new one in the settings, or with `holdfast login`.',
  });
  // By its checksum: what was mistyped or made up is refused without asking the database.
  if (!isToken('access', token)) throw refusal;
  const row = await db
    .selectFrom('access_token')
    .innerJoin('auth.user as user', 'user.id', 'access_token.member_user_id')
    .select(['access_token.id', 'organization_id', 'expires_at', 'user.id as userId', 'user.name', 'user.email'])
    .select(sql<boolean>`last_used_at is null or last_used_at < now() - ${sql.lit(LAST_USED_PRECISION)}::interval`.as('useIsToBeWritten'))
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', LATEST_TIME)
    .executeTakeFirst();
  if (row === undefined) {
    await clock.advance();
    throw refusal;
  }
  if (row.useIsToBeWritten) {
    await db
      .updateTable('access_token')
      .set({ last_used_at: sql`now()` })
      .where('organization_id', '=', row.organization_id)
      .where('id', '=', row.id)
      .execute();
  }
  const by = { kind: 'token', id: row.id, organizationId: row.organization_id, expiresAt: row.expires_at } as const;
  return { userId: row.userId, name: row.name, email: row.email, by };
}

async function callerBySession({ accounts, clock }: Control, cookie: string): Promise<Caller | undefined> {
  const session = await accounts.api.getSession({ headers: new Headers({ cookie }) });
  // The library judges by the clock of this process, which may have been set back.
  if (session === null || session.session.expiresAt <= (await clock.now())) {
    await clock.advance();
    return undefined;
  }
  const { id, name, email } = session.user;
  return { userId: id, name, email, by: { kind: 'session', id: session.session.id } };
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The organization that a path names by slug or id, if the caller is a member and, with a token, if it is the token's own. One
 * that does not exist and one of others give the same error.
 */
export async function findMembership({ db }: Control, caller: Caller, organization: string): Promise<Membership> {
  const refusal = new HoldfastError('not_found', 'There is no such organization that you are a member of.');
  if (!SLUG_PATTERN.test(organization) && !ID.test(organization)) throw refusal;
  const row = await db
    .selectFrom('auth.member as member')
    .innerJoin('auth.organization as organization', 'organization.id', 'member.organizationId')
    .select(['organization.id', 'organization.name', 'organization.slug', 'member.id as memberId', 'member.role'])
    .where('member.userId', '=', caller.userId)
    .where(ID.test(organization) ? 'organization.id' : 'organization.slug', '=', organization)
    .executeTakeFirst();
  if (row === undefined || (caller.by.kind === 'token' && caller.by.organizationId !== row.id)) {
    throw refusal;
  }
  return { ...row, role: row.role as Role };
}
