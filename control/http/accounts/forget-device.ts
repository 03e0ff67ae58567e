import { forgetDevice, HoldfastError } from '@holdfast/api';
import { requireSession } from '@holdfast/endpoints';
import { implement } from '../implement.ts';

export const forgetDeviceHandler = implement(forgetDevice, async ({ caller, params }, { db }) => {
  requireSession(caller);
  const forgotten = await db
    .deleteFrom('known_device')
    .where('id', '=', params.device)
    .where('user_id', '=', caller.user.id)
    .executeTakeFirst();
  if (forgotten.numDeletedRows !== 1n) throw new HoldfastError('not_found', 'You have no such known device.');
  return { status: 204 };
});
