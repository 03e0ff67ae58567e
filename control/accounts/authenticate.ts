import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError, isToken } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db/control';
import type { Principal, SessionPrincipal, TokenPrincipal } from '@holdfast/endpoints';
import { sql } from 'kysely';
import type { Control } from '../control.ts';
import { hashToken } from './tokens.ts';

/** A token's last use is written at most this often, in SQL's words: a write for every request would cost more than the request. */
const LAST_USED_PRECISION = '1 minute';

/**
 * Finds out who calls: by `Authorization: Bearer` or `x-api-key` when one is sent, else by the session cookie. A token that is
 * wrong never falls back to the cookie. Nothing is written but when a token was last used. `undefined` when nothing was sent or a session has ended; a bad token throws
 * `unauthenticated`.
 */
export async function authenticate(control: Control, headers: IncomingHttpHeaders): Promise<Principal | undefined> {
  const token = tokenIn(headers);
  if (token !== undefined) return await authenticateToken(control, token);
  if (headers.cookie === undefined) return undefined;
  return await authenticateSession(control, headers.cookie);
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

async function authenticateToken({ clock, db }: Control, token: string): Promise<TokenPrincipal> {
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
  const user = { id: row.userId, name: row.name, email: row.email };
  return { kind: 'token', user, tokenId: row.id, organizationId: row.organization_id, expiresAt: row.expires_at };
}

/** Who calls, by the session cookie alone; `undefined` when the session has ended. */
export async function authenticateSession({ accounts, clock }: Control, cookie: string): Promise<SessionPrincipal | undefined> {
  const session = await accounts.api.getSession({ headers: new Headers({ cookie }) });
  // The library judges by the clock of this process, which may have been set back.
  if (session === null || session.session.expiresAt <= (await clock.now())) {
    await clock.advance();
    return undefined;
  }
  const { id, name, email } = session.user;
  return { kind: 'session', user: { id, name, email }, sessionId: session.session.id };
}
