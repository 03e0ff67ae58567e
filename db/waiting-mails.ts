import { sql } from 'kysely';
import type { InTransaction } from './connection/statements.ts';
import type { Queue } from './queue.ts';

interface WaitingMail {
  readonly kind: 'destination-requested' | 'secret-requested';
  /** What the mail says beside its fixed words and the names of who gets it and of the organization. */
  readonly detail: Readonly<Record<string, string>>;
}

/**
 * Mails each owner and admin of an organization, in the transaction of what waits for them. Not who was
 * mailed of something of the kind that still waits: nobody fills their mail with requests. Does nothing
 * while no mail is set up.
 */
export async function mailOwnersAndAdmins(
  tx: InTransaction,
  queue: Pick<Queue, 'send'>,
  organizationId: string,
  { kind, detail }: WaitingMail,
): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from mail_owners_and_admins(${organizationId}, ${kind}, ${JSON.stringify(detail)}::jsonb) as id`.execute(tx);
  for (const { id } of rows) await queue.send(tx, 'account-mail', { mailId: id });
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
 * @param asked.occasion what happened: the component was saved, or a use of it was refused, or has sent there
 *   all the same since destinations are only observed.
 */
export async function mailWaitingDestinations(
  tx: InTransaction,
  queue: Pick<Queue, 'send'>,
  organizationId: string,
  requested: readonly WaitingDestination[],
  asked: { readonly by: string; readonly component: string; readonly occasion: 'saved' | 'refused' | 'observed' },
): Promise<void> {
  const [first] = requested;
  if (first === undefined) return;
  const detail = { ...asked, secret: first.secretName ?? 'its own value', destination: first.destination };
  await mailOwnersAndAdmins(tx, queue, organizationId, { kind: 'destination-requested', detail });
}
