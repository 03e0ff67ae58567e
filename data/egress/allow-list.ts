import ipaddr from 'ipaddr.js';
import { normalAddress } from './addresses.ts';

/** What the operator allows although it is not public. */
export interface AllowList {
  /** `host` as it stands in the URL; `address` as it would be dialled, normalised. */
  allows(host: string, port: number, address: string): boolean;
}

type Rule = { readonly host: string; readonly port: number } | { readonly network: ipaddr.IPv4 | ipaddr.IPv6; readonly bits: number };

/**
 * Reads HOLDFAST_EGRESS_ALLOW: comma-separated `host:port`, `[ipv6]:port` or CIDR networks. Throws an Error that names the
 * entry which is neither.
 */
export function parseAllowList(text: string): AllowList {
  const rules = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseRule);
  return {
    allows(host, port, address) {
      const named = host.toLowerCase().replace(/^\[|\]$/g, '');
      return rules.some((rule) => ('host' in rule ? rule.port === port && rule.host === named : isWithin(address, rule)));
    },
  };
}

function parseRule(entry: string): Rule {
  if (entry.includes('/')) {
    if (!ipaddr.isValidCIDR(entry)) throw unreadable(entry);
    const [network, bits] = ipaddr.parseCIDR(entry);
    return { network, bits };
  }
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})$/i.exec(entry);
  const port = Number(parts?.[2]);
  if (parts?.[1] === undefined || port < 1 || port > 65_535) throw unreadable(entry);
  const host = parts[1].toLowerCase().replace(/^\[|\]$/g, '');
  return { host: normalAddress(host) ?? host, port };
}

function isWithin(address: string, rule: { network: ipaddr.IPv4 | ipaddr.IPv6; bits: number }): boolean {
  const normal = normalAddress(address);
  if (normal === undefined) return false;
  const parsed = ipaddr.parse(normal);
  return parsed.kind() === rule.network.kind() && parsed.match(rule.network, rule.bits);
}

function unreadable(entry: string): Error {
  return new Error(
    `HOLDFAST_EGRESS_ALLOW has the entry “${entry}”. Write host:port, or a network such as 10.1.0.0/16, with commas between them.`,
  );
}
