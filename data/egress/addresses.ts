import { type Address, parseAddress } from '@holdfast/endpoints';
import ipaddr from 'ipaddr.js';

/**
 * RFC 6052 and RFC 8215 prefixes, 6to4, Teredo, IPv4-compatible and IPv4-translated forms all lead to an IPv4
 * address.
 */
const EMBEDDING: readonly { readonly prefix: string; readonly length: number; readonly extract: (bytes: number[]) => number[] }[] = [
  { prefix: '64:ff9b::', length: 96, extract: (bytes) => bytes.slice(12) },
  { prefix: '2002::', length: 16, extract: (bytes) => bytes.slice(2, 6) },
  { prefix: '::ffff:0:0:0', length: 96, extract: (bytes) => bytes.slice(12) },
  { prefix: '::', length: 96, extract: (bytes) => bytes.slice(12) },
];

/** Public addresses that answer with a cloud machine's identity or settings. */
const METADATA = new Set(['168.63.129.16', '100.100.100.200', '192.0.0.192', '169.254.169.254', '169.254.170.2', 'fd00:ec2::254']);

/**
 * The address that packets go to: IPv4 where IPv6 only wraps it (RFC 4291, 6052, 8215, 3056). `undefined`
 * when the text is no address.
 *
 * @example
 * dialledAddress('::ffff:10.0.0.1'); // '10.0.0.1'
 */
export function dialledAddress(text: string): string | undefined {
  return parseDialled(text)?.toString();
}

function parseDialled(text: string): Address | undefined {
  const address = parseAddress(text);
  if (address === undefined || address.kind() === 'ipv4') return address;
  const ipv6 = address as ipaddr.IPv6;
  for (const { prefix, length, extract } of EMBEDDING) {
    if (ipv6.match(ipaddr.IPv6.parse(prefix), length) && ipv6.toString() !== '::1' && ipv6.toString() !== '::') {
      return ipaddr.fromByteArray(extract(ipv6.toByteArray()));
    }
  }
  return ipv6;
}

/**
 * Why nothing may be sent to an address unless the operator allows it, as a word for the message; `undefined`
 * for an address on the public internet. What is not known to be public is refused.
 */
export function addressRefusal(text: string): string | undefined {
  const address = parseDialled(text);
  if (address === undefined) return 'not an address';
  if (METADATA.has(address.toString())) return 'a metadata service';
  const range = address.range();
  if (range === 'unicast') {
    if (address.kind() === 'ipv4') return undefined;
    // 2000::/3 is all that is assigned to the public internet:
    // iana.org/assignments/ipv6-unicast-address-assignments
    return (address as ipaddr.IPv6).match(ipaddr.IPv6.parse('2000::'), 3) ? undefined : 'not public';
  }
  return RANGE_WORDS[range] ?? 'not public';
}

const RANGE_WORDS: Readonly<Record<string, string>> = {
  private: 'private',
  uniqueLocal: 'private',
  loopback: 'this machine',
  unspecified: 'this machine',
  linkLocal: 'link-local',
  carrierGradeNat: 'carrier-grade NAT',
  multicast: 'multicast',
  broadcast: 'broadcast',
  reserved: 'reserved',
};
