import type { Endpoint, Permission } from '@holdfast/api';
import { type Answered, type Call, type Implementation, implementation, type Principal, type UserPrincipal } from '@holdfast/endpoints';
import type { Membership, Organization } from '../accounts/membership.ts';
import type { Control } from '../control.ts';

/** What authorize.ts finds out of a caller, by what the endpoint requires. */
export interface Access<E extends Endpoint = Endpoint> {
  readonly caller: E extends { requires: 'public' }
    ? undefined
    : E extends { requires: 'signed-in' } | { membersOnly: true }
      ? UserPrincipal
      : Principal;
  /** The organization of the path, with the caller's rights in it as they are now. */
  readonly organization: E['requires'] extends Permission ? (E extends { membersOnly: true } ? Membership : Organization) : undefined;
}

/** Of a call whose endpoint is known at run time alone. */
export interface AnyAccess {
  readonly caller: Principal | undefined;
  readonly organization: Organization | undefined;
}

export type ControlImplementation = Implementation<AnyAccess, Control>;

/**
 * Ties an endpoint of packages/api to what it does. The answer's own type parameter keeps its status a
 * literal.
 */
export function implement<const E extends Endpoint, const A extends Answered<E>>(
  endpoint: E,
  handle: (call: Call<E> & Access<E>, control: Control) => Promise<A>,
): ControlImplementation {
  return implementation(endpoint, handle);
}
