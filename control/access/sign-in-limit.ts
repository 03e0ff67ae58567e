import { isIPv4, isIPv6 } from 'node:net';
import { HoldfastError } from '@holdfast/api';

const WINDOW_MILLISECONDS = 15 * 60 * 1000;
/** Failed attempts in one window. The pair's limit is the smallest, so that a stranger elsewhere cannot lock somebody out cheaply. */
const LIMITS = { pair: 10, address: 60, email: 100 } as const;
/** Counters kept in memory; the oldest window goes first. */
const COUNTERS_KEPT = 20_000;

export interface SignInLimit {
  /**
   * Counts an attempt before the password is looked at, so that attempts side by side are counted too. Throws `rate_limited`
   * with the seconds to wait.
   */
  attempt(address: string, email: string): void;
  /** A right password clears the pair's counter. */
  succeeded(address: string, email: string): void;
}

/** Counts in this process. With several control planes each allows as much. */
export function createSignInLimit(now: () => number = Date.now): SignInLimit {
  const counters = new Map<string, { attempts: number; until: number }>();

  function count(name: string, limit: number): void {
    const known = counters.get(name);
    const counter = known !== undefined && known.until > now() ? known : { attempts: 0, until: now() + WINDOW_MILLISECONDS };
    if (counter.attempts >= limit) throw refusal(counter.until - now());
    counter.attempts += 1;
    counters.delete(name);
    counters.set(name, counter);
    const oldest = counters.keys().next();
    if (counters.size > COUNTERS_KEPT && !oldest.done) counters.delete(oldest.value);
  }

  const pairOf = (address: string, email: string) => `pair ${network(address)} ${email.toLowerCase()}`;
  return {
    attempt(address, email) {
      count(pairOf(address, email), LIMITS.pair);
      count(`address ${network(address)}`, LIMITS.address);
      count(`email ${email.toLowerCase()}`, LIMITS.email);
    },
    succeeded(address, email) {
      counters.delete(pairOf(address, email));
    },
  };
}

function refusal(milliseconds: number): HoldfastError {
  const seconds = Math.ceil(milliseconds / 1000);
  return new HoldfastError('rate_limited', `There were too many attempts. Try again in ${Math.ceil(seconds / 60)} minutes.`, {
    extra: { retryAfterSeconds: seconds },
  });
}

/** One name for all spellings of an address; of IPv6 the /64, since that is what one customer gets. */
export function network(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  // The URL parser writes IPv6 in its canonical form (RFC 5952), v4-mapped addresses in hexadecimal.
  const canonical = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped !== null) {
    const number = (Number.parseInt(mapped[1] ?? '', 16) << 16) | Number.parseInt(mapped[2] ?? '', 16);
    const v4 = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
    return isIPv4(v4) ? v4 : canonical;
  }
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
