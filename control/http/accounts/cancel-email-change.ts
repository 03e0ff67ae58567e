import { cancelEmailChange, HoldfastError } from '@holdfast/api';
import { requireSession } from '@holdfast/endpoints';
import { implement } from '../implement.ts';

export const cancelEmailChangeHandler = implement(cancelEmailChange, async ({ caller }, { db }) => {
  requireSession(caller);
  const ended = await db.deleteFrom('account_link').where('purpose', '=', 'email').where('user_id', '=', caller.user.id).executeTakeFirst();
  if (ended.numDeletedRows === 0n) throw new HoldfastError('not_found', 'No other address waits to be proved.');
  return { status: 204 };
});
