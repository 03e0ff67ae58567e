import { HoldfastError, isToken } from '@holdfast/api';
import { type Database, hashToken, LATEST_TIME, type Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { type Kysely, type Selectable, sql } from 'kysely';

/**
 * A one-time link whose holder has proved an address: it was mailed there, or the operator handed it over.
 */
export interface AccountLink {
  readonly id: string;
  readonly email: string;
  /** The account that the link is for, or that its address has. */
  readonly account: { readonly id: string; readonly name: string; readonly email: string } | undefined;
  /**
   * A link of the operator, and one that somebody had mailed to the address of an account, set its password;
   * one that an invitation sent out touches no account that exists.
   */
  readonly action: 'create' | 'reset' | 'sign-in' | 'change-email';
  readonly expiresAt: Date;
}

/**
 * Throws `account_link_invalid` for a token that is wrong, used, withdrawn or expired, without saying which.
 */
export async function findAccountLink(db: Kysely<Database>, token: string): Promise<AccountLink> {
  if (!isToken('account', token)) throw new HoldfastError('account_link_invalid');
  const link = await db
    .selectFrom('account_link as link')
    .leftJoin('auth.user as user', (join) =>
      join.on(sql<boolean>`"user".id = link.user_id or (link.user_id is null and "user".email = link.email)`),
    )
    .select(['link.id', 'link.email', 'link.purpose', 'link.expires_at', 'user.id as userId', 'user.name', 'user.email as userEmail'])
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', LATEST_TIME)
    // One that was asked for while the address was changed went to the former one.
    .where((where) => where.or([where('purpose', '!=', 'reset'), where('user.email', '=', where.ref('link.email'))]))
    .executeTakeFirst();
  if (link === undefined) throw new HoldfastError('account_link_invalid');
  const account = link.userId === null ? undefined : { id: link.userId, name: link.name ?? '', email: link.userEmail ?? '' };
  return { id: link.id, email: link.email, account, action: actionOf(link.purpose, account !== undefined), expiresAt: link.expires_at };
}

function actionOf(purpose: Selectable<Database['account_link']>['purpose'], hasAccount: boolean): AccountLink['action'] {
  if (purpose === 'email') return 'change-email';
  if (!hasAccount) return 'create';
  return purpose === 'invitation' ? 'sign-in' : 'reset';
}

/** It works once, also when it is used twice at the same moment. Throws `account_link_invalid`. */
export async function takeAccountLink(tx: Tx, link: Pick<AccountLink, 'id'>): Promise<void> {
  const taken = await tx.deleteFrom('account_link').where('id', '=', link.id).executeTakeFirst();
  if (taken.numDeletedRows !== 1n) throw new HoldfastError('account_link_invalid');
}

/**
 * Every link that could set the password or the address of an account: once one was used, or the password or
 * the address is another, all are over. Who knew the former password may have asked for another address with
 * it, and would have the next password mailed there.
 */
export async function endAccountLinks(tx: Tx, account: { readonly id: string; readonly email: string }): Promise<void> {
  await tx.deleteFrom('account_link').where('purpose', 'in', ['reset', 'email']).where('user_id', '=', account.id).execute();
  await tx.deleteFrom('account_link').where('purpose', '=', 'operator').where('email', '=', account.email).execute();
}

/** A link that is to be mailed: the data plane makes its token. */
export async function insertMailedLink(
  tx: Tx,
  link: { readonly purpose: 'reset' | 'email'; readonly email: string; readonly userId: string; readonly expiresAt: Date },
): Promise<string> {
  const id = uuidv7();
  await tx
    .insertInto('account_link')
    .values({
      id,
      purpose: link.purpose,
      email: link.email,
      invitation_id: null,
      user_id: link.userId,
      token_hash: null,
      expires_at: link.expiresAt,
    })
    .execute();
  return id;
}
