import { type AuditEvent, canonicalBody } from '@holdfast/audit';
import { type Actor, appendAudit, type Tx } from '@holdfast/db/control';
import { actorOf, type Principal, type RequestOrigin } from '@holdfast/endpoints';

const USER_AGENT_KEPT = 200;

/** What happened, without who and from where. The outcome is `success` unless it is said. */
export type AuditEntry = Omit<AuditEvent, 'actor' | 'outcome'> & Partial<Pick<AuditEvent, 'outcome'>>;

/** Who did something, and from where. */
export interface By {
  readonly caller: Principal;
  readonly origin: RequestOrigin;
}

/**
 * Records what a caller did, in the transaction that does it: when the record cannot be written, it is not
 * done.
 */
export async function record(tx: Tx, organizationId: string, by: By, ...entries: readonly AuditEntry[]): Promise<void> {
  await recordAs(tx, organizationId, actorOf(by.caller), by.origin, tokenContext(by.caller), entries);
}

/** The same for somebody who is not signed in yet. */
export async function recordAs(
  tx: Tx,
  organizationId: string,
  actor: Actor,
  origin: RequestOrigin,
  context: Readonly<Record<string, string>>,
  entries: readonly AuditEntry[],
): Promise<void> {
  const where = { ...originContext(origin), ...context };
  await appendAudit(
    tx,
    organizationId,
    entries.map((entry) => eventOf(entry, actor, where)),
  );
}

/**
 * The event as {@link record} appends it, for a function of the database that appends it together with the
 * change.
 */
export function eventBody({ caller, origin }: By, entry: AuditEntry): string {
  return canonicalBody(eventOf(entry, actorOf(caller), { ...originContext(origin), ...tokenContext(caller) }));
}

function eventOf(entry: AuditEntry, actor: Actor, where: Readonly<Record<string, string>>): AuditEvent {
  return { outcome: 'success' as const, ...entry, actor, context: { ...where, ...entry.context } };
}

function tokenContext(caller: Principal): Record<string, string> {
  return caller.kind === 'token' ? { token: caller.tokenId } : {};
}

function originContext(origin: RequestOrigin): Record<string, string> {
  const { ip, requestId } = origin;
  const said = userAgentKept(origin);
  return { ip, requestId, ...(said === undefined ? {} : { userAgent: said }) };
}

/** What a client says of itself, not longer than is of use. */
export function userAgentKept({ userAgent }: RequestOrigin): string | undefined {
  return userAgent?.slice(0, USER_AGENT_KEPT).toWellFormed().replaceAll('\0', '');
}
