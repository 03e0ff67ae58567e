import { HoldfastError, newToken } from '@holdfast/api';
import { hashToken, insertUnread, transaction } from '@holdfast/db/control';
import { actorOf, type Principal } from '@holdfast/endpoints';
import type { Organization } from '../accounts/membership.ts';
import type { Control } from '../control.ts';
import type { KeptDocument } from './read-kept.ts';

/** So long after it was given out an address can be used: by a client that follows it at once. */
const TICKET_MILLISECONDS = 120_000;

interface Asking {
  readonly caller: Principal;
  readonly organization: Organization;
}

/**
 * The address of the data plane at which this member reads this document, once. It ends with the membership,
 * with another role, and with the access token that it was asked for with.
 *
 * @throws HoldfastError `forbidden` for who is no member, `document_in_bucket` when it is not set where
 *   people reach the data plane.
 */
export async function issueTicket(
  { db, clock, settings }: Pick<Control, 'db' | 'clock' | 'settings'>,
  { caller, organization }: Asking,
  { id, name, context }: KeptDocument,
): Promise<string> {
  const { dataPublicUrl } = settings;
  if (dataPublicUrl === undefined) throw new HoldfastError('document_in_bucket', `“${name}” lies in the operator’s bucket.`);
  const { id: organizationId, slug, rights } = organization;
  if (!('memberId' in organization) || typeof organization.memberId !== 'string' || typeof rights !== 'string') {
    throw new HoldfastError('forbidden', 'Only a member of the organization downloads what lies in the bucket.');
  }
  const token = newToken('document');
  const row = {
    organization_id: organizationId,
    token_hash: hashToken(token),
    document_id: id,
    member_id: organization.memberId,
    role: rights,
    access_token_id: caller.kind === 'token' ? caller.tokenId : null,
    actor: JSON.stringify(actorOf(caller)),
    context: JSON.stringify({ ...context, ...(caller.kind === 'token' && { token: caller.tokenId }) }),
    expires_at: new Date((await clock.now()).getTime() + TICKET_MILLISECONDS),
  };
  await transaction(db, (tx) => insertUnread(tx, 'document_ticket', row));
  return `${dataPublicUrl}/documents/${slug}/${token}`;
}
