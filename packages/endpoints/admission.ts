import { HoldfastError } from '@holdfast/api';

/** How much of one kind of work is done at once. */
export interface Bounds {
  /** In this process. */
  readonly slots: number;
  readonly perOrganization: number;
  readonly perPrincipal: number;
  /** A request that finds no slot waits this long at most. */
  readonly waitMilliseconds: number;
  /** Requests of one organization that wait; the next is refused at once. */
  readonly waitingPerOrganization: number;
}

export interface Occupant {
  readonly organizationId: string;
  /** As principalKey names it. */
  readonly principal: string;
}

export interface Admission {
  /**
   * Resolves with what frees the slot again. Throws `rate_limited` with the seconds to wait.
   *
   * @param waitMilliseconds - when this one waits less than the bounds allow.
   */
  enter(occupant: Occupant, waitMilliseconds?: number): Promise<() => void>;
}

interface Waiter extends Occupant {
  readonly admit: () => void;
}

/**
 * Shares slots fairly: an organization and a principal never hold more than their part, and freed slots go
 * round the organizations that wait, so that one that asks for much delays itself and nobody else. It counts
 * in this process alone.
 *
 * @throws nothing by itself: `enter` rejects with HoldfastError `rate_limited` when no slot was free in time,
 *   and at once when `waitingPerOrganization` requests wait already.
 */
export function createAdmission(bounds: Bounds): Admission {
  const { slots, perOrganization, perPrincipal, waitingPerOrganization } = bounds;
  let taken = 0;
  const ofOrganization = new Map<string, number>();
  const ofPrincipal = new Map<string, number>();
  /** In the order of their turns: whose turn it was goes to the end. */
  const waiting = new Map<string, Set<Waiter>>();

  function fits({ organizationId, principal }: Occupant): boolean {
    if (taken >= slots || (ofOrganization.get(organizationId) ?? 0) >= perOrganization) return false;
    return (ofPrincipal.get(principal) ?? 0) < perPrincipal;
  }

  function take({ organizationId, principal }: Occupant): () => void {
    let held = true;
    taken += 1;
    add(ofOrganization, organizationId, 1);
    add(ofPrincipal, principal, 1);
    return () => {
      if (!held) return;
      held = false;
      taken -= 1;
      add(ofOrganization, organizationId, -1);
      add(ofPrincipal, principal, -1);
      admitWaiting();
    };
  }

  function admitWaiting(): void {
    for (let admitted = true; admitted && taken < slots; ) {
      admitted = false;
      for (const [organizationId, waiters] of [...waiting]) {
        const next = firstThatFits(waiters);
        if (next === undefined) continue;
        waiters.delete(next);
        waiting.delete(organizationId);
        if (waiters.size > 0) waiting.set(organizationId, waiters);
        next.admit();
        admitted = true;
      }
    }
  }

  function firstThatFits(waiters: Set<Waiter>): Waiter | undefined {
    for (const waiter of waiters) if (fits(waiter)) return waiter;
    return undefined;
  }

  return {
    async enter(occupant, waitMilliseconds = bounds.waitMilliseconds) {
      if (fits(occupant)) return take(occupant);
      const { organizationId } = occupant;
      const waiters = waiting.get(organizationId) ?? new Set<Waiter>();
      if (waiters.size >= waitingPerOrganization) throw busy();
      waiting.set(organizationId, waiters);
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiters.delete(waiter);
          if (waiters.size === 0 && waiting.get(organizationId) === waiters) waiting.delete(organizationId);
          reject(busy());
        }, waitMilliseconds);
        const waiter: Waiter = {
          ...occupant,
          admit() {
            clearTimeout(late);
            resolve(take(occupant));
          },
        };
        waiters.add(waiter);
      });
    },
  };
}

function add(counts: Map<string, number>, name: string, difference: number): void {
  const count = (counts.get(name) ?? 0) + difference;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}

function busy(): HoldfastError {
  return new HoldfastError('rate_limited', 'Too many requests of this organization are under way.', {
    remedy: 'Wait for the time in the Retry-After header, and send fewer at once.',
    extra: { retryAfterSeconds: 1 },
  });
}
