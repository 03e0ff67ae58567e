import { HoldfastError } from '@holdfast/api';
import type { AuditEvent } from '@holdfast/audit';
import { transaction } from '@holdfast/db/control';
import { actorOf, networkOf, type RequestOrigin, type UserPrincipal } from '@holdfast/endpoints';
import { verifyPassword } from 'better-auth/crypto';
import type { Control } from '../control.ts';
import { findPasswordHash } from './password.ts';
import { recordInEachOrganization } from './session-record.ts';

/**
 * Asks for the password again before something that would let a stranger keep the account: a session alone
 * may be stolen. Attempts count as those to sign in do. A wrong one is on the record of the person's
 * organizations, as a refusal of `action`.
 *
 * @param device what the device cookie holds, if there is one.
 * @returns the hash that it was checked against, for `requireUnchangedPassword` in the transaction.
 * @throws HoldfastError `invalid_credentials` with the field `currentPassword`; `rate_limited`.
 */
export async function requireCurrentPassword(
  control: Control,
  given: {
    readonly caller: UserPrincipal;
    readonly origin: RequestOrigin;
    readonly device: string | undefined;
    readonly password: string;
    readonly action: AuditEvent['action'];
  },
): Promise<string> {
  const { caller, origin, device, password, action } = given;
  const counted = await control.signInLimit.attempt({ address: origin.ip, email: caller.user.email, device });
  const hash = await findPasswordHash(control.db, caller.user);
  if (hash !== undefined && (await verifyPassword({ hash, password }))) {
    await counted.succeeded();
    return hash;
  }
  const target = { kind: 'member', id: caller.user.id, name: caller.user.name };
  await control.repeats.note(`${action} ${caller.user.id} ${networkOf(origin.ip)}`, async (repeats) => {
    const detail = repeats === undefined ? {} : { detail: repeats };
    await transaction(control.db, (tx) =>
      recordInEachOrganization(tx, caller.user.id, actorOf(caller), origin, { action, outcome: 'refused', target, ...detail }),
    );
  });
  throw new HoldfastError('invalid_credentials', 'That is not your current password.', {
    field: 'currentPassword',
    remedy: 'Type it again. If you have forgotten it, use “Forgot your password?” on the sign-in page.',
  });
}
