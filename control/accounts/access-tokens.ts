import { HoldfastError, newAccessToken } from '@holdfast/api';
import { hashToken, LATEST_TIME, locking, type Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';

/** Of one member in one organization. */
const TOKENS_PER_MEMBER = 100;

export interface NewAccessToken {
  readonly id: string;
  /** Shown once, and kept nowhere. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** Throws `forbidden` when the membership ended meanwhile, and `quota_exceeded`. */
export async function insertAccessToken(
  tx: Tx,
  member: { readonly organizationId: string; readonly userId: string },
  { name, days, notAfter }: { readonly name: string; readonly days: number; readonly notAfter?: Date },
): Promise<NewAccessToken> {
  // Who ends a membership deletes its tokens and holds its row. One made beside that would outlive it.
  locking(tx, 'members');
  const still = await tx
    .selectFrom('auth.member')
    .select('id')
    .where('organizationId', '=', member.organizationId)
    .where('userId', '=', member.userId)
    .forKeyShare()
    .executeTakeFirst();
  if (still === undefined) throw new HoldfastError('forbidden', 'You are no longer a member of the organization.');
  const { count } = await tx
    .selectFrom('access_token')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organization_id', '=', member.organizationId)
    .where('member_user_id', '=', member.userId)
    .executeTakeFirstOrThrow();
  if (count >= TOKENS_PER_MEMBER) {
    throw new HoldfastError('quota_exceeded', `You have ${count} tokens in this organization.`, {
      remedy: 'Revoke those that are no longer used.',
    });
  }
  const id = uuidv7();
  const token = newAccessToken(member.organizationId);
  const { expires_at: expiresAt } = await tx
    .insertInto('access_token')
    .values({
      organization_id: member.organizationId,
      id,
      member_user_id: member.userId,
      name,
      token_hash: hashToken(token),
      // Of the two whichever is earlier; SQL's least() passes over a null.
      expires_at: sql<Date>`least(${LATEST_TIME} + make_interval(days => ${days}), ${notAfter ?? null}::timestamptz)`,
      last_used_at: null,
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow();
  return { id, token, expiresAt };
}
