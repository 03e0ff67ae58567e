import { HoldfastError, type Role } from '@holdfast/api';
import type { Actor } from '@holdfast/db/control';

/** Who calls: a person by a session, or a program by a token that acts as the member who made it. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly by:
    | { readonly kind: 'session'; readonly id: string }
    | { readonly kind: 'token'; readonly id: string; readonly organizationId: string; readonly expiresAt: Date };
}

/** An organization that the caller is a member of, with the role that the database holds at this request. */
export interface Membership {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly memberId: string;
  readonly role: Role;
}

/** The caller's session. A token acts in its own organization alone: it changes nothing about the account. */
export function sessionOf(caller: Caller): string {
  if (caller.by.kind === 'session') return caller.by.id;
  throw new HoldfastError('forbidden', 'A token cannot look at or change the account of its holder.', {
    remedy: 'Sign in to the console, and open Account there.',
  });
}

export function actorOf(caller: Pick<Caller, 'userId' | 'name'>): Actor {
  return { kind: 'member', id: caller.userId, name: caller.name };
}

/** How an answer names whoever did something. */
export function personOf(actor: Actor): { id: string; name: string } {
  return { id: actor.id ?? '', name: actor.name };
}
