import type { Endpoint, Load } from '@holdfast/api';
import { createAdmission, createRateLimit, networkOf, type Principal, principalKey, type Rate } from '@holdfast/endpoints';
import type { Organization } from './accounts/membership.ts';
import { CONNECTIONS } from './connections.ts';

/** An organization has so many times the rate of one person. */
const PERSONS_OF_AN_ORGANIZATION = 4;
const BURST_SECONDS = 10;
/**
 * Making and revoking tokens, organizations and the like, which any member may do: each leaves an event that
 * nobody can delete.
 */
const ACCOUNT_RATE: Rate = { perSecond: 0.2, burst: 120 };
/**
 * Signing in with a right password, which leaves an event in each organization of the account, as signing out
 * does.
 */
const SIGN_IN_RATE: Rate = { perSecond: 0.1, burst: 30 };
/** Of one address that is not signed in. */
const PUBLIC_RATE: Rate = { perSecond: 10, burst: 300 };

/** Short: with the 1.25 seconds for a lock it makes 2 seconds. */
const CHANGE_WAIT = 700;
/** Of one organization in one statement; see control/secrets/create-together.ts. */
export const CHANGES_TOGETHER = 16;

export interface Workload {
  /** Before anything else is looked up for it. Throws `rate_limited`. */
  countPublic(address: string): void;
  /** Once the password was right. Throws `rate_limited`. */
  countSignIn(userId: string): void;
  /** Throws `rate_limited`. */
  countCaller(endpoint: Endpoint, caller: Principal): void;
  /** Waits for a slot, and answers what frees it. Throws `rate_limited`. */
  enter(endpoint: Endpoint, caller: Principal, organization: Organization): Promise<() => void>;
  /**
   * A slot among the changes, for what an endpoint whose load is `shared-change` does by itself or with
   * others.
   *
   * @param holder - who holds it: one person, or a group of requests, by a name of its own.
   */
  enterChange(organizationId: string, holder: string): Promise<() => void>;
}

/**
 * How much of the control plane one person and one organization may use at once and over time.
 *
 * @param rates - requests of one person in a second.
 */
export function createWorkload(rates: { readonly reads: number; readonly changes: number }): Workload {
  const limit = createRateLimit();
  const fair = { waitMilliseconds: 2_000, waitingPerOrganization: 100 };
  const admissions = {
    read: createAdmission({ slots: CONNECTIONS.reads, perOrganization: 5, perPrincipal: 5, ...fair }),
    search: createAdmission({ slots: CONNECTIONS.searches, perOrganization: 3, perPrincipal: 2, ...fair }),
    change: createAdmission({ slots: CONNECTIONS.changes, perOrganization: 4, perPrincipal: 4, ...fair, waitMilliseconds: CHANGE_WAIT }),
    // These hold no connection until their statement leaves, which takes a slot of the changes.
    'shared-change': createAdmission({
      slots: 128,
      perOrganization: CHANGES_TOGETHER,
      perPrincipal: CHANGES_TOGETHER,
      ...fair,
      waitMilliseconds: CHANGE_WAIT / 2,
    }),
    upload: createAdmission({ slots: 32, perOrganization: 8, perPrincipal: 8, ...fair }),
    // These wait for the data plane and hold nothing meanwhile.
    wait: createAdmission({ slots: 64, perOrganization: 8, perPrincipal: 4, ...fair }),
    // These look at the database all together, see control/runs/run-feeds.ts.
    watch: createAdmission({ slots: 256, perOrganization: 64, perPrincipal: 12, ...fair, waitMilliseconds: CHANGE_WAIT }),
    download: createAdmission({ slots: 16, perOrganization: 6, perPrincipal: 3, ...fair }),
    export: createAdmission({ slots: 4, perOrganization: 2, perPrincipal: 1, ...fair }),
  } as const satisfies Record<Load, unknown>;

  function rateOf(endpoint: Endpoint): { kind: string; rate: Rate } {
    if (endpoint.leavesEventOfAnyMember) return { kind: 'account', rate: ACCOUNT_RATE };
    const kind = endpoint.method === 'GET' && endpoint.load !== 'export' && endpoint.load !== 'download' ? 'reads' : 'changes';
    return { kind, rate: { perSecond: rates[kind], burst: rates[kind] * BURST_SECONDS } };
  }

  return {
    countPublic(address) {
      limit.take(`public ${networkOf(address)}`, PUBLIC_RATE);
    },
    countSignIn(userId) {
      limit.take(`sign-ins of person ${userId}`, SIGN_IN_RATE);
    },
    countCaller(endpoint, caller) {
      const { kind, rate } = rateOf(endpoint);
      limit.take(`${kind} of ${principalKey(caller)}`, rate);
    },
    async enter(endpoint, caller, organization) {
      const { kind, rate } = rateOf(endpoint);
      const ofAll = { perSecond: rate.perSecond * PERSONS_OF_AN_ORGANIZATION, burst: rate.burst * PERSONS_OF_AN_ORGANIZATION };
      limit.take(`${kind} of organization ${organization.id}`, ofAll);
      return admissions[loadOf(endpoint)].enter({ organizationId: organization.id, principal: principalKey(caller) });
    },
    enterChange: (organizationId, principal) => admissions.change.enter({ organizationId, principal }, CHANGE_WAIT / 2),
  };
}

export function loadOf(endpoint: Endpoint): Load {
  return endpoint.load ?? (endpoint.method === 'GET' ? 'read' : 'change');
}
