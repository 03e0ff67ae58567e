import type { EgressRule } from '@holdfast/settings';
import ipaddr from 'ipaddr.js';
import { normalAddress } from './addresses.ts';

/** What the operator allows although it is not public. */
export interface AllowList {
  /** `host` as it stands in the URL; `address` as it would be dialled, normalised. */
  allows(host: string, port: number, address: string): boolean;
}

/**
 * What the operator allows, by host and port (any address that the host has) or by network (any host and port
 * in it).
 *
 * @param rules as the setting HOLDFAST_EGRESS_ALLOW reads them.
 */
export function createAllowList(rules: readonly EgressRule[]): AllowList {
  const hosts = rules.flatMap((rule) => ('host' in rule ? [{ host: normalAddress(rule.host) ?? rule.host, port: rule.port }] : []));
  const networks = rules.flatMap((rule) => ('network' in rule ? [ipaddr.parseCIDR(rule.network)] : []));
  return {
    allows(host, port, address) {
      const named = host.toLowerCase().replace(/^\[|\]$/g, '');
      return hosts.some((rule) => rule.port === port && rule.host === named) || networks.some((network) => isWithin(address, network));
    },
  };
}

function isWithin(address: string, [network, bits]: ReturnType<typeof ipaddr.parseCIDR>): boolean {
  const normal = normalAddress(address);
  if (normal === undefined) return false;
  const parsed = ipaddr.parse(normal);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}
