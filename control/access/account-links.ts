import { HoldfastError, isToken } from '@holdfast/api';
import { type Database, LATEST_TIME } from '@holdfast/db';
import type { Kysely } from 'kysely';
import { hashToken } from './tokens.ts';

/** A one-time link whose holder has proved an address: it was mailed there, or the operator handed it over. */
export interface AccountLink {
  readonly id: string;
  readonly email: string;
  /** The account that the address has already. */
  readonly account: { readonly id: string; readonly name: string } | undefined;
  /** Only a link that the operator made sets the password of an account that exists; one that an invitation sent out never does. */
  readonly action: 'create' | 'reset' | 'sign-in';
  readonly expiresAt: Date;
}

/** Throws `account_link_invalid` for a token that is wrong, used, withdrawn or expired, without saying which. */
export async function findAccountLink(db: Kysely<Database>, token: string): Promise<AccountLink> {
  if (!isToken('account', token)) throw new HoldfastError('account_link_invalid');
  const link = await db
    .selectFrom('account_link')
    .leftJoin('auth.user as user', 'user.email', 'account_link.email')
    .select(['account_link.id', 'account_link.email', 'invitation_id', 'expires_at', 'user.id as userId', 'user.name'])
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', LATEST_TIME)
    .executeTakeFirst();
  if (link === undefined) throw new HoldfastError('account_link_invalid');
  const account = link.userId === null ? undefined : { id: link.userId, name: link.name ?? '' };
  const action = account === undefined ? 'create' : link.invitation_id === null ? 'reset' : 'sign-in';
  return { id: link.id, email: link.email, account, action, expiresAt: link.expires_at };
}
