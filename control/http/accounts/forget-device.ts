import { forgetDevice, HoldfastError } from '@holdfast/api';
import { sessionOf } from '../../accounts/caller.ts';
import { implement } from '../endpoint-handler.ts';

export const forgetDeviceHandler = implement(forgetDevice, async ({ caller, params }, { db }) => {
  sessionOf(caller);
  const forgotten = await db
    .deleteFrom('known_device')
    .where('id', '=', params.device)
    .where('user_id', '=', caller.userId)
    .executeTakeFirst();
  if (forgotten.numDeletedRows !== 1n) throw new HoldfastError('not_found', 'You have no such known device.');
  return { status: 204 };
});
