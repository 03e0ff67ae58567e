import type { Actor, Queue, Tx } from '@holdfast/db/control';
import { sql } from 'kysely';
import { queueAccountMail } from '../accounts/account-mail.ts';
import type { Organization } from '../accounts/find-organization.ts';
import { ownersAndAdmins } from '../accounts/owners-and-admins.ts';

type Addressed = Pick<Organization, 'id' | 'name' | 'slug'>;

/**
 * Mails owners and admins that a request waits, where mail is set up. Not while others wait already, which
 * they were mailed of: nobody fills their mail with requests.
 */
export async function mailWaitingRequest(
  tx: Tx,
  queue: Queue,
  organization: Addressed,
  asked: { readonly name: string; readonly by: string; readonly project: string; readonly consoleUrl: string },
): Promise<void> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from secret_request
    where organization_id = ${organization.id} and state = 'waiting'`.execute(tx);
  if ((rows[0]?.waiting ?? 0) > 1) return;
  for (const { name, email } of await ownersAndAdmins(tx, organization.id)) {
    await queueAccountMail(tx, queue, {
      kind: 'secret-requested',
      recipient: email,
      detail: {
        name,
        by: asked.by,
        organization: organization.name,
        slug: organization.slug,
        secret: asked.name,
        project: asked.project,
      },
      consoleUrl: asked.consoleUrl,
    });
  }
}

/** Mails who asked, while they are a member, what came of it. */
export async function mailDecision(
  tx: Tx,
  queue: Queue,
  organization: Addressed,
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
    .select(['user.name', 'user.email'])
    .where('member.organizationId', '=', organization.id)
    .where('user.id', '=', decided.askedBy.id ?? '00000000-0000-0000-0000-000000000000')
    .executeTakeFirst();
  if (asker === undefined) return;
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
