import { may, type Role } from '@holdfast/api';
import { type Actor, mailOwnersAndAdmins, type Queue, type Tx } from '@holdfast/db/control';
import { queueAccountMail } from '../accounts/account-mail.ts';
import type { Organization } from '../accounts/membership.ts';

/** Mails owners and admins that a request waits, where mail is set up. */
export async function mailWaitingRequest(
  tx: Tx,
  queue: Queue,
  organizationId: string,
  asked: { readonly name: string; readonly by: string; readonly project: string },
): Promise<void> {
  await mailOwnersAndAdmins(tx, queue, organizationId, {
    kind: 'secret-requested',
    detail: { by: asked.by, secret: asked.name, project: asked.project },
  });
}

/** Mails who asked, while they are a member, what came of it. */
export async function mailDecision(
  tx: Tx,
  queue: Queue,
  organization: Pick<Organization, 'id' | 'name' | 'slug'>,
  decided: {
    readonly askedBy: Actor;
    readonly by: string;
    readonly name: string;
    /** The secret that fulfils it; `null` when it was declined. */
    readonly secretName: string | null;
    readonly reason: string;
    readonly consoleUrl: string;
  },
): Promise<void> {
  const asker = await tx
    .selectFrom('auth.member as member')
    .innerJoin('auth.user as user', 'user.id', 'member.userId')
    .select(['user.name', 'user.email', 'member.role'])
    .where('member.organizationId', '=', organization.id)
    .where('user.id', '=', decided.askedBy.id ?? '00000000-0000-0000-0000-000000000000')
    .executeTakeFirst();
  // A viewer may see neither requests nor the names of secrets.
  if (asker === undefined || !may(asker.role as Role, 'secret-requests:read')) return;
  await queueAccountMail(tx, queue, {
    kind: 'secret-request-decided',
    recipient: asker.email,
    detail: {
      name: asker.name,
      by: decided.by,
      organization: organization.name,
      slug: organization.slug,
      asked: decided.name,
      secret: decided.secretName ?? '',
      reason: decided.reason,
    },
    consoleUrl: decided.consoleUrl,
  });
}
