import { sql } from 'kysely';
import type { InTransaction } from './connection/statements.ts';
import { lockNamed } from './lock-order.ts';
import type { Queue } from './queue.ts';

interface WaitingMail {
  readonly kind: 'destination-requested' | 'secret-requested';
  /** What the mail says beside its fixed words and the names of who gets it and of the organization. */
  readonly detail: Readonly<Record<string, string>>;
  /** How many wait since this transaction, of which the mail names the first: 1 by default. */
  readonly asked?: number;
}

/**
 * Mails each owner and admin of an organization, in the transaction of what waits for them. Not who was
 * mailed of something of the kind that still waits. Of a kind each has six mails an hour at most: one more
 * waits until it may be sent, and stands for what is asked for meanwhile. Does nothing while no mail is set
 * up.
 */
export async function mailOwnersAndAdmins(
  tx: InTransaction,
  queue: Pick<Queue, 'send'>,
  organizationId: string,
  { kind, detail, asked = 1 }: WaitingMail,
): Promise<void> {
  // Those that are asked for together would not count each other.
  await lockNamed(tx, 'waiting mails', organizationId);
  const { rows: made } = await sql<{ id: string }>`
    select id from mail_owners_and_admins(${organizationId}, ${kind}, ${JSON.stringify({ ...detail, asked: String(asked) })}::jsonb) as id`.execute(
    tx,
  );
  if (made.length === 0) return;
  const { rows } = await sql<{ id: string; dueAt: Date | null }>`
    select id, case when due_at > now() then due_at end as "dueAt" from account_mail
    where id = any(${made.map(({ id }) => id)}::uuid[])`.execute(tx);
  for (const { id, dueAt } of rows) await queue.send(tx, 'account-mail', { mailId: id }, dueAt ?? undefined);
}

export interface WaitingDestination {
  readonly destination: string;
  /** `null`: the component's own value. */
  readonly secretName: string | null;
}

/**
 * Mails owners and admins that destinations wait for them.
 *
 * @param requested those that wait since this transaction; the mail names the first.
 * @param asked.occasion what happened: the component was saved, or uses the secret since that took the place
 *   of another, or a use of it was refused, or has sent there all the same since destinations are only
 *   observed.
 */
export async function mailWaitingDestinations(
  tx: InTransaction,
  queue: Pick<Queue, 'send'>,
  organizationId: string,
  requested: readonly WaitingDestination[],
  asked: { readonly by: string; readonly component: string; readonly occasion: 'saved' | 'replaced' | 'refused' | 'observed' },
): Promise<void> {
  const [first] = requested;
  if (first === undefined) return;
  const detail = { ...asked, secret: first.secretName ?? 'its own value', destination: first.destination };
  await mailOwnersAndAdmins(tx, queue, organizationId, { kind: 'destination-requested', detail, asked: requested.length });
}
