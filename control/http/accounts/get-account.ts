import { getAccount } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db/control';
import { requireSession } from '@holdfast/endpoints';
import { implement } from '../implement.ts';

export const getAccountHandler = implement(getAccount, async ({ caller }, { db }) => {
  requireSession(caller);
  const password = await db
    .selectFrom('auth.account')
    .select('updatedAt')
    .where('userId', '=', caller.user.id)
    .where('providerId', '=', 'credential')
    .executeTakeFirst();
  const asked = await db
    .selectFrom('account_link as link')
    .leftJoin('account_mail as mail', 'mail.link_id', 'link.id')
    .select(['link.email', 'link.expires_at', 'mail.sent_at', 'mail.failure'])
    .where('link.user_id', '=', caller.user.id)
    .where('link.purpose', '=', 'email')
    .where('link.expires_at', '>', LATEST_TIME)
    .executeTakeFirst();
  const newEmail =
    asked === undefined
      ? null
      : {
          email: asked.email,
          expiresAt: asked.expires_at.toISOString(),
          sentAt: asked.sent_at?.toISOString() ?? null,
          failure: asked.failure,
        };
  const passwordChangedAt = password?.updatedAt.toISOString() ?? null;
  return { status: 200, body: { id: caller.user.id, name: caller.user.name, email: caller.user.email, passwordChangedAt, newEmail } };
});
