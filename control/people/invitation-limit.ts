import { HoldfastError } from '@holdfast/api';
import { LATEST_TIME, lockNamed, type Tx } from '@holdfast/db/control';
import { sql } from 'kysely';

/** Mails of invitations in a day (UTC): who is not invited yet cannot be asked whether they want them. */
const INVITATION_MAILS_A_DAY = { person: 50, organization: 100 } as const;

/**
 * Counts the mail of an invitation, in the transaction that asks for it. Withdrawing the invitation takes
 * nothing back. Throws `rate_limited` with the seconds until the day ends.
 */
export async function countInvitationMail(tx: Tx, organizationId: string, userId: string): Promise<void> {
  // First the organization, then the person, so that two of these never wait for each other in a circle.
  for (const whose of [`organization ${organizationId}`, `person ${userId}`]) {
    await lockNamed(tx, 'invitation mails', whose);
  }
  const { rows } = await sql<{ day: string; secondsLeft: number; organization: number; person: number }>`
    with today as (select (${LATEST_TIME} at time zone 'UTC')::date as day)
    select today.day, ceil(extract(epoch from (today.day + 1)::timestamp at time zone 'UTC' - ${LATEST_TIME}))::int as "secondsLeft",
      (select coalesce(sum(mails), 0)::int from invitation_count c where c.organization_id = ${organizationId} and c.day = today.day) as organization,
      (select coalesce(sum(mails), 0)::int from invitation_count c where c.user_id = ${userId} and c.day = today.day) as person
    from today`.execute(tx);
  const [counted] = rows;
  if (counted === undefined) throw new Error('The count of invitation mails has no row.');
  const who =
    counted.organization >= INVITATION_MAILS_A_DAY.organization
      ? `This organization has had ${counted.organization} invitations mailed`
      : counted.person >= INVITATION_MAILS_A_DAY.person
        ? `You have had ${counted.person} invitations mailed`
        : undefined;
  if (who !== undefined) {
    throw new HoldfastError('rate_limited', `${who} today, which is the limit.`, {
      remedy: 'Go on tomorrow (UTC), or ask the operator for one-time links: holdfast account link, with an address.',
      extra: { retryAfterSeconds: Math.max(1, counted.secondsLeft) },
    });
  }
  await tx
    .insertInto('invitation_count')
    .values({ organization_id: organizationId, day: counted.day, user_id: userId, mails: 1 })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'day', 'user_id']).doUpdateSet({ mails: sql`invitation_count.mails + 1` }),
    )
    .execute();
  await tx.deleteFrom('invitation_count').where('organization_id', '=', organizationId).where('day', '<', counted.day).execute();
}
