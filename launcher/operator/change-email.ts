import { appendAudit, locking, OPERATOR, recordingOrganizations, transaction } from '@holdfast/db';
import { CommandError } from '@holdfast/terminal/report';
import { asOperator } from './as-operator.ts';

/**
 * Gives an account another address, as the operator: the word of the operator stands in for a mail that would
 * prove it. Links for a new password that were made for the former address end. It is put on the record of
 * the person's organizations, in the same transaction.
 *
 * @throws CommandError when no account has the address, or another one has the new address.
 */
export async function changeAccountEmail(databaseUrl: string, email: string, newEmail: string): Promise<{ readonly name: string }> {
  return asOperator(databaseUrl, (db) =>
    transaction(db, async (tx) => {
      locking(tx, 'account');
      const user = await tx.selectFrom('auth.user').select(['id', 'name']).where('email', '=', email).forUpdate().executeTakeFirst();
      if (user === undefined) {
        throw new CommandError(`No account has the address ${email}.`, { code: 'not_found', remedy: 'Check the address.' });
      }
      const other = await tx.selectFrom('auth.user').select('id').where('email', '=', newEmail).executeTakeFirst();
      if (other !== undefined) {
        throw new CommandError(`${newEmail} is the address of an account already.`, {
          code: 'name_taken',
          remedy: 'Choose another address.',
        });
      }
      await tx
        .updateTable('auth.user')
        .set({ email: newEmail, emailVerified: true, updatedAt: new Date() })
        .where('id', '=', user.id)
        .execute();
      await tx.deleteFrom('account_link').where('purpose', 'in', ['reset', 'email']).where('user_id', '=', user.id).execute();
      await tx.deleteFrom('account_link').where('purpose', '=', 'operator').where('email', '=', email).execute();
      for (const organizationId of await recordingOrganizations(tx, user.id)) {
        await appendAudit(tx, organizationId, [
          {
            action: 'account.change-email',
            actor: OPERATOR,
            outcome: 'success',
            target: { kind: 'member', id: user.id, name: user.name },
            detail: { from: email, to: newEmail },
          },
        ]);
      }
      return { name: user.name };
    }),
  );
}
