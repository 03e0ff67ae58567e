import { HoldfastError } from '@holdfast/api';
import type { Tx } from '@holdfast/db/control';
import { isUniqueViolation } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { hashPassword } from 'better-auth/crypto';

export interface NewUser {
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string;
}

/** scrypt, as better-auth checks it. Takes about 50 ms: never inside a transaction. */
export const hashNewPassword: (password: string) => Promise<string> = hashPassword;

/**
 * An account that signs in with e-mail and password, as better-auth stores it. Only for an address that was
 * proved: by the setup token, which the operator's machine holds, or by an account link. Answers the user's
 * id.
 */
export async function insertUser(tx: Tx, { name, email, passwordHash }: NewUser): Promise<string> {
  const id = uuidv7();
  const now = new Date();
  try {
    await tx
      .insertInto('auth.user')
      .values({ id, name, email: email.toLowerCase(), emailVerified: true, image: null, createdAt: now, updatedAt: now })
      .execute();
  } catch (error) {
    if (!isUniqueViolation(error, 'user_email_key')) throw error;
    throw new HoldfastError('name_taken', 'There is an account with this e-mail address already.', {
      field: 'email',
      remedy: 'Sign in with it.',
    });
  }
  await tx
    .insertInto('auth.account')
    .values({ id: uuidv7(), accountId: id, providerId: 'credential', userId: id, password: passwordHash, createdAt: now, updatedAt: now })
    .execute();
  return id;
}

/** A new password for an account that exists. */
export async function setPassword(tx: Tx, userId: string, passwordHash: string): Promise<void> {
  const now = new Date();
  const changed = await tx
    .updateTable('auth.account')
    .set({ password: passwordHash, updatedAt: now })
    .where('userId', '=', userId)
    .where('providerId', '=', 'credential')
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) {
    await tx
      .insertInto('auth.account')
      .values({ id: uuidv7(), accountId: userId, providerId: 'credential', userId, password: passwordHash, createdAt: now, updatedAt: now })
      .execute();
  }
}

/** Another address for an account, which its holder has proved. Throws `name_taken`. */
export async function changeEmail(tx: Tx, userId: string, email: string): Promise<void> {
  try {
    await tx.updateTable('auth.user').set({ email, emailVerified: true, updatedAt: new Date() }).where('id', '=', userId).execute();
  } catch (error) {
    if (!isUniqueViolation(error, 'user_email_key')) throw error;
    throw new HoldfastError('name_taken', `${email} is the address of another account.`, {
      field: 'email',
      remedy: 'Use another address, or sign in with that account.',
    });
  }
}

/** The holder of an account has proved its address, as with a link that was sent there. */
export async function markProved(tx: Tx, userId: string): Promise<void> {
  await tx.updateTable('auth.user').set({ emailVerified: true, updatedAt: new Date() }).where('id', '=', userId).execute();
}

/** Ends sessions of an account, all of them or all but one. Answers how many. */
export async function endSessionsOf(tx: Tx, userId: string, but?: string): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('auth.session')
    .where('userId', '=', userId)
    .$if(but !== undefined, (query) => query.where('id', '!=', but as string))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
