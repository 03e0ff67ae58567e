import { HoldfastError } from '@holdfast/api';
import type { AuditActor } from '@holdfast/audit';

/** A person's account. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** A person in a signed-in browser. */
export interface SessionPrincipal {
  readonly kind: 'session';
  readonly user: User;
  readonly sessionId: string;
}

/**
 * A program with an access token, which acts as the member who made it, in the token's organization alone.
 */
export interface TokenPrincipal {
  readonly kind: 'token';
  readonly user: User;
  readonly tokenId: string;
  readonly organizationId: string;
  readonly expiresAt: Date;
}

/**
 * A person, or a program that acts as one. What changes an account, or a membership, takes this and nothing
 * wider.
 */
export type UserPrincipal = SessionPrincipal | TokenPrincipal;

/**
 * Who calls, in either plane. A kind that is added here (a service account, a run, a workload) has no `user`,
 * so that every place that needs a person has to ask {@link requireUser} before it compiles.
 */
export type Principal = UserPrincipal;

/** The person who calls. Throws `forbidden` when a program calls that acts for nobody. */
export function requireUser(principal: Principal): UserPrincipal {
  switch (principal.kind) {
    case 'session':
    case 'token':
      return principal;
    default:
      throw new HoldfastError('forbidden', 'Only a member of the organization can do this.');
  }
}

/**
 * The caller's session id. Throws `forbidden` for a token: it changes nothing about the account of its
 * holder.
 */
export function requireSession(principal: Principal): string {
  if (principal.kind === 'session') return principal.sessionId;
  throw new HoldfastError('forbidden', 'A token cannot look at or change the account of its holder.', {
    remedy: 'Sign in to the console, and open Account there.',
  });
}

/** How the audit record, and the rows that say who made them, name a caller. */
export function actorOf(principal: Principal): AuditActor {
  return memberActor(principal.user);
}

/** The same for a person who is not signed in yet: at setup, or with a link that was mailed. */
export function memberActor({ id, name }: Pick<User, 'id' | 'name'>): AuditActor {
  return { kind: 'member', id, name };
}

/** Names a caller where limits and folded events are counted: a person's sessions and tokens count as one. */
export function principalKey(principal: Principal): string {
  return `user ${principal.user.id}`;
}

/** Names what a caller shows for itself: of one person, each session and each token is another. */
export function credentialKey(principal: Principal): string {
  return principal.kind === 'token' ? `token ${principal.tokenId}` : `session ${principal.sessionId}`;
}

/** How an answer of the API names an actor. */
export function personOf({ id, name }: AuditActor): { id: string; name: string } {
  return { id: id ?? '', name };
}
