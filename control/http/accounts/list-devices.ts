import { listDevices } from '@holdfast/api';
import { hashToken, LATEST_TIME } from '@holdfast/db/control';
import { requireSession } from '@holdfast/endpoints';
import { deviceIn } from '../../accounts/known-device.ts';
import { implement } from '../implement.ts';

export const listDevicesHandler = implement(listDevices, async ({ caller, request }, { db, settings }) => {
  requireSession(caller);
  const device = deviceIn(request.headers.cookie, settings.publicUrl);
  const hash = device === undefined ? undefined : hashToken(device);
  const devices = await db
    .selectFrom('known_device')
    .select(['id', 'token_hash', 'last_used_at', 'expires_at', 'address', 'user_agent'])
    .where('user_id', '=', caller.user.id)
    .where('expires_at', '>', LATEST_TIME)
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .execute();
  const items = devices.map((known) => ({
    id: known.id,
    current: hash !== undefined && known.token_hash.equals(hash),
    lastUsedAt: known.last_used_at.toISOString(),
    expiresAt: known.expires_at.toISOString(),
    address: known.address,
    userAgent: known.user_agent,
  }));
  return { status: 200, body: { items } };
});
