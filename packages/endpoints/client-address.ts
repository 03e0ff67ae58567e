import { withoutBrackets } from '@holdfast/envelope';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Networks whose proxies may say from where a request came to them. */
export type TrustedProxies = readonly (readonly [Address, number])[];

/** Entries of X-Forwarded-For that are looked at; a longer chain of our own proxies is a mistake. */
const LONGEST_CHAIN = 32;

/**
 * Networks to compare addresses with.
 *
 * @param networks addresses and CIDR networks, as the setting for trusted proxies reads them.
 */
export function trustedProxies(networks: readonly string[]): TrustedProxies {
  return networks.map((entry) => {
    const address = parseAddress(entry);
    return address === undefined ? ipaddr.parseCIDR(entry) : ([address, address.kind() === 'ipv4' ? 32 : 128] as const);
  });
}

/**
 * The address that a request came from. X-Forwarded-For is read from its right end, where the nearest proxy
 * writes, for as long as what wrote an entry is a trusted proxy; the first that is not one is the client. So
 * nothing that a client puts into the header is believed. An entry that is no address ends the walk at the
 * proxy which passed it on.
 *
 * @param connection the address at the other end of the connection.
 * @returns one spelling of each address; IPv4 where IPv6 only wraps it.
 */
export function clientAddress(connection: string, forwardedFor: string | undefined, trusted: TrustedProxies): string {
  let client = parseAddress(connection);
  if (client === undefined) return connection;
  const chain = (forwardedFor ?? '').split(',').slice(-LONGEST_CHAIN).reverse();
  for (const entry of chain) {
    if (!isTrusted(client, trusted)) break;
    const before = parseAddress(withoutPort(entry.trim()));
    if (before === undefined) break;
    client = before;
  }
  return client.toString();
}

/**
 * What limits count as one place: an IPv4 address, or the /64 that one customer of an IPv6 network gets. Text
 * that is no address stays.
 */
export function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined || parsed.kind() === 'ipv4') return parsed?.toString() ?? address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}

/**
 * One spelling of an address, or `undefined` for other text. Brackets around IPv6 and a zone do not matter.
 */
export function normalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString();
}

function isTrusted(address: Address, trusted: TrustedProxies): boolean {
  return trusted.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
}

/**
 * An address with or without brackets and a zone, as IPv4 where IPv6 only maps it; `undefined` for other
 * text.
 */
export function parseAddress(text: string): Address | undefined {
  const bare = withoutBrackets(text).replace(/%.*$/, '');
  // Only four decimal parts, or IPv6: octal, hexadecimal and short forms of IPv4 are read differently by
  // different programs.
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.process(bare);
}

/** Some proxies write `192.0.2.1:50000` or `[2001:db8::1]:50000`. */
function withoutPort(text: string): string {
  return text.replace(/^(\[[^\]]*\]|[0-9.]+):[0-9]{1,5}$/, '$1');
}
