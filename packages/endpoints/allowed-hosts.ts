import { ConfigurationError } from '@holdfast/settings';
import { normalAddress } from './client-address.ts';

export interface AllowedHost {
  readonly name: string;
  /** `undefined` allows every port. */
  readonly port: number | undefined;
}

/** Under which names a server may be asked. */
export interface HostRules {
  /** The host part of the address that the server listens on. */
  readonly listen: string;
  /** Where people reach it, if it has such an address. */
  readonly publicUrl?: string | undefined;
  /** HOLDFAST_ALLOWED_HOSTS. */
  readonly allowed: readonly AllowedHost[];
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::([0-9]{1,5}))?$/i;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * Reads HOLDFAST_ALLOWED_HOSTS: names or addresses, each with or without a port, with commas between them.
 *
 * @throws ConfigurationError that names the entry which is none.
 */
export function parseAllowedHosts(text: string): readonly AllowedHost[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const host = parseHost(entry);
      if (host !== undefined) return host;
      throw new ConfigurationError(
        `HOLDFAST_ALLOWED_HOSTS has the entry “${entry}”. Write names such as holdfast.example.com or 10.0.0.5:7400, with commas between them.`,
      );
    });
}

/**
 * Whether a request may be answered under the name it was sent to. A page of a foreign name whose address somebody has changed to ours (DNS
 * rebinding) is of the same origin to a browser; it is refused here, since the browser still sends that name.
 *
 * @param host the Host header.
 * @param local the address of our end of the connection: a listen address, also where we listen on all of them.
 */
export function isAllowedHost(host: string | undefined, local: string | undefined, rules: HostRules): boolean {
  const asked = parseHost(host ?? '');
  if (asked === undefined) return false;
  const names = new Set([nameOf(rules.listen)]);
  if (local !== undefined) names.add(nameOf(local));
  if (rules.publicUrl !== undefined) names.add(nameOf(new URL(rules.publicUrl).hostname));
  if (['0.0.0.0', '::', ...LOOPBACK].includes(nameOf(rules.listen))) for (const name of LOOPBACK) names.add(name);
  if (names.has(asked.name)) return true;
  return rules.allowed.some(({ name, port }) => name === asked.name && (port === undefined || port === asked.port));
}

/** Whether a host is written as an address. Such a request cannot come from a page of a foreign name. */
export function isAddress(host: string | undefined): boolean {
  const asked = parseHost(host ?? '');
  return asked !== undefined && normalAddress(asked.name) !== undefined;
}

function parseHost(text: string): AllowedHost | undefined {
  const [, host, port] = HOST.exec(text) ?? [];
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  return { name: nameOf(host), port: port === undefined ? undefined : Number(port) };
}

/** One spelling of each name and address. */
function nameOf(host: string): string {
  return normalAddress(host) ?? host.toLowerCase();
}
