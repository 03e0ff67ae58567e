import { cancelEmailChange, HoldfastError } from '@holdfast/api';
import { sessionOf } from '../../accounts/caller.ts';
import { implement } from '../endpoint-handler.ts';

export const cancelEmailChangeHandler = implement(cancelEmailChange, async ({ caller }, { db }) => {
  sessionOf(caller);
  const ended = await db.deleteFrom('account_link').where('purpose', '=', 'email').where('user_id', '=', caller.userId).executeTakeFirst();
  if (ended.numDeletedRows === 0n) throw new HoldfastError('not_found', 'No other address waits to be proved.');
  return { status: 204 };
});
