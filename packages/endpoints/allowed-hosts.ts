import { type AllowedHost, parseHost } from '@holdfast/settings';
import { normalAddress } from './client-address.ts';

/** Under which names a server may be asked. */
export interface HostRules {
  /** The host part of the address that the server listens on. */
  readonly listen: string;
  /** Where people reach it, if it has such an address. */
  readonly publicUrl?: string | undefined;
  /** Further names and addresses that the operator allows. */
  readonly allowed: readonly AllowedHost[];
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * Whether a request may be answered under the name it was sent to. A page of a foreign name whose address
 * somebody has changed to ours (DNS rebinding) is of the same origin to a browser; it is refused here, since
 * the browser still sends that name.
 *
 * @param host the Host header.
 * @param local the address of our end of the connection: a listen address, also where we listen on all of
 * them.
 */
export function isAllowedHost(host: string | undefined, local: string | undefined, rules: HostRules): boolean {
  const asked = parseHost(host ?? '');
  if (asked === undefined) return false;
  const names = new Set([nameOf(rules.listen)]);
  if (local !== undefined) names.add(nameOf(local));
  if (rules.publicUrl !== undefined) names.add(nameOf(new URL(rules.publicUrl).hostname));
  if (['0.0.0.0', '::', ...LOOPBACK].includes(nameOf(rules.listen))) for (const name of LOOPBACK) names.add(name);
  const name = nameOf(asked.name);
  if (names.has(name)) return true;
  return rules.allowed.some((each) => nameOf(each.name) === name && (each.port === undefined || each.port === asked.port));
}

/** Whether a host is written as an address. Such a request cannot come from a page of a foreign name. */
export function isAddress(host: string | undefined): boolean {
  const asked = parseHost(host ?? '');
  return asked !== undefined && normalAddress(asked.name) !== undefined;
}

/** One spelling of each name and address. */
function nameOf(host: string): string {
  return normalAddress(host) ?? host.toLowerCase();
}
