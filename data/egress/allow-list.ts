import { isUuid, withoutBrackets } from '@holdfast/envelope';
import type { EgressRule } from '@holdfast/settings';
import ipaddr from 'ipaddr.js';
import { dialledAddress } from './addresses.ts';

/** What the operator allows although it is not public. */
export interface AllowList {
  /** `host` as it stands in the URL; `address` as it would be dialled, normalised. */
  allows(host: string, port: number, address: string): boolean;
}

/** An organization as rules name it. */
export interface NamedOrganization {
  readonly id: string;
  /** Its short name. */
  readonly slug: string | undefined;
}

/** By itself what every organization may. */
export interface AllowLists extends AllowList {
  /** Some rules are for one organization by its short name, which must be known then. */
  readonly namesSlugs: boolean;
  /** What one organization may. */
  of(organization: NamedOrganization): AllowList;
}

/**
 * What the operator allows, by host and port (any address that the host has) or by network (any host and port
 * in it): for every organization, or for one.
 *
 * @param rules as the setting HOLDFAST_EGRESS_ALLOW reads them.
 */
export function createAllowList(rules: readonly EgressRule[]): AllowLists {
  const named = new Set(rules.flatMap(({ organization }) => organization ?? []));
  const everyone = listOf(rules.filter(({ organization }) => organization === undefined));
  const own = new Map([...named].map((name) => [name, listOf(rules.filter(({ organization }) => organization === name))]));
  return {
    ...everyone,
    namesSlugs: [...named].some((name) => !isUuid(name)),
    of({ id, slug }) {
      // A short name that looks like an id is no id of another organization.
      const lists = [everyone, own.get(id.toLowerCase()), slug === undefined || isUuid(slug) ? undefined : own.get(slug)];
      return { allows: (host, port, address) => lists.some((list) => list?.allows(host, port, address) === true) };
    },
  };
}

function listOf(rules: readonly EgressRule[]): AllowList {
  const hosts = rules.flatMap((rule) => ('host' in rule ? [{ host: dialledAddress(rule.host) ?? rule.host, port: rule.port }] : []));
  const networks = rules.flatMap((rule) => ('network' in rule ? [ipaddr.parseCIDR(rule.network)] : []));
  return {
    allows(host, port, address) {
      const written = withoutBrackets(host.toLowerCase());
      return hosts.some((rule) => rule.port === port && rule.host === written) || networks.some((network) => isWithin(address, network));
    },
  };
}

function isWithin(address: string, [network, bits]: ReturnType<typeof ipaddr.parseCIDR>): boolean {
  const normal = dialledAddress(address);
  if (normal === undefined) return false;
  const parsed = ipaddr.parse(normal);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}
