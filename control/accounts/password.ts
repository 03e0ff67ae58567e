import { HoldfastError } from '@holdfast/api';
import { type Database, locking, type Tx } from '@holdfast/db/control';
import type { Kysely } from 'kysely';

/** The hash that a password is checked against; `undefined` for an account that has none, or no account. */
export async function findPasswordHash(db: Kysely<Database>, of: { readonly email: string }): Promise<string | undefined> {
  const kept = await db
    .selectFrom('auth.account as account')
    .innerJoin('auth.user as user', 'user.id', 'account.userId')
    .select('account.password')
    .where('user.email', '=', of.email.toLowerCase())
    .where('account.providerId', '=', 'credential')
    .executeTakeFirst();
  return kept?.password ?? undefined;
}

/**
 * That the password which was checked before this transaction is still the account's, until it commits: who
 * knew a former one does nothing with it after it was reset, and what is done before that is undone by it.
 *
 * @throws HoldfastError `invalid_credentials`.
 */
export async function requireUnchangedPassword(tx: Tx, userId: string, passwordHash: string | undefined): Promise<void> {
  locking(tx, 'account');
  const kept = await tx
    .selectFrom('auth.account')
    .select('password')
    .where('userId', '=', userId)
    .where('providerId', '=', 'credential')
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (passwordHash !== undefined && kept?.password === passwordHash) return;
  throw new HoldfastError('invalid_credentials', 'The password of this account has just been changed.', {
    remedy: 'Sign in with the new password.',
  });
}
