import type { Queue, Tx } from '@holdfast/db/control';
import { sql } from 'kysely';
import { queueAccountMail } from '../accounts/account-mail.ts';
import type { Organization } from '../accounts/find-organization.ts';
import { ownersAndAdmins } from '../accounts/owners-and-admins.ts';
import type { SettledDestinations } from './settle-destinations.ts';

/**
 * Mails owners and admins that a destination waits for them, where mail is set up. Not while others wait
 * already, which they were mailed of: nobody fills their mail with requests.
 */
export async function mailRequests(
  tx: Tx,
  queue: Queue,
  organization: Pick<Organization, 'id' | 'name' | 'slug'>,
  asked: {
    readonly requested: SettledDestinations['requested'];
    readonly by: string;
    readonly component: string;
    readonly consoleUrl: string;
  },
): Promise<void> {
  const [first] = asked.requested;
  if (first === undefined) return;
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from secret_destination
    where organization_id = ${organization.id} and state = 'requested'`.execute(tx);
  if ((rows[0]?.waiting ?? 0) > asked.requested.length) return;
  for (const { name, email } of await ownersAndAdmins(tx, organization.id)) {
    await queueAccountMail(tx, queue, {
      kind: 'destination-requested',
      recipient: email,
      detail: {
        name,
        by: asked.by,
        organization: organization.name,
        slug: organization.slug,
        component: asked.component,
        secret: first.secretName ?? 'its own value',
        destination: first.destination,
      },
      consoleUrl: asked.consoleUrl,
    });
  }
}
