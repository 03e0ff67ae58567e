import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError, isToken } from '@holdfast/api';
import { hashToken } from '@holdfast/db/control';
import { type SessionPrincipal, sentToken, type TokenPrincipal } from '@holdfast/endpoints';
import { sql } from 'kysely';
import type { Control } from '../control.ts';
import type { Membership } from './membership.ts';

/**
 * Who calls; with a token, also what its holder is in the token's organization now: it was found by the same
 * statement.
 */
export type Authenticated =
  | { readonly caller: SessionPrincipal }
  | { readonly caller: TokenPrincipal; readonly membership: Membership | undefined };

/**
 * Finds out who calls: by `Authorization: Bearer` or `x-api-key` when one is sent, else by the session
 * cookie. A token that is wrong never falls back to the cookie. Nothing is written but when a token was last
 * used. `undefined` when nothing was sent or a session has ended; a bad token throws `unauthenticated`, two
 * tokens `invalid_request`.
 */
export async function authenticate(control: Control, headers: IncomingHttpHeaders): Promise<Authenticated | undefined> {
  const token = sentToken(headers);
  if (token === '') {
    throw new HoldfastError('unauthenticated', 'The Authorization or x-api-key header holds no token.', {
      remedy: 'Send the token as `Authorization: Bearer TOKEN` or as `x-api-key: TOKEN`.',
    });
  }
  if (token !== undefined) return await authenticateToken(control, token);
  if (headers.cookie === undefined) return undefined;
  const caller = await authenticateSession(control, headers.cookie);
  return caller === undefined ? undefined : { caller };
}

async function authenticateToken({ clock, db, findToken }: Control, token: string): Promise<Authenticated> {
  // By its checksum: what was mistyped or made up is refused without asking the database.
  if (!isToken('access', token)) throw badToken();
  const row = await findToken(hashToken(token));
  if (row === undefined) {
    await clock.advance();
    throw badToken();
  }
  const { tokenId, organizationId, expiresAt, memberId, name, slug, role } = row;
  if (row.useIsToBeWritten) {
    await db
      .updateTable('access_token')
      .set({ last_used_at: sql`now()` })
      .where('organization_id', '=', organizationId)
      .where('id', '=', tokenId)
      .execute();
  }
  return {
    caller: { kind: 'token', user: { id: row.userId, name: row.userName, email: row.email }, tokenId, organizationId, expiresAt },
    membership: memberId === null ? undefined : { id: organizationId, name, slug, memberId, rights: role },
  };
}

function badToken(): HoldfastError {
  return new HoldfastError('unauthenticated', 'The token is not valid: it is wrong, revoked or expired.', {
    remedy: 'Make a new one in the settings, or with `holdfast login`.',
  });
}

/** Who calls, by the session cookie alone; `undefined` when the session has ended. */
export async function authenticateSession({ accounts, clock }: Control, cookie: string): Promise<SessionPrincipal | undefined> {
  const session = await accounts.api.getSession({ headers: new Headers({ cookie }) });
  // The library compares with the clock of this process, which may have been set back.
  if (session === null || session.session.expiresAt <= (await clock.now())) {
    await clock.advance();
    return undefined;
  }
  const { id, name, email } = session.user;
  return { kind: 'session', user: { id, name, email }, sessionId: session.session.id };
}
